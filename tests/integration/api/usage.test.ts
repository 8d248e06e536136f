import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Api, claim, commitStep, problem, problemIn, startApi } from './fixture.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api[Symbol.asyncDispose]());

const today = () => new Date().toISOString().slice(0, 10);
const usage = { inputTokens: 100, outputTokens: 20, cachedInputTokens: 0, costUsd: 0.001234 };

it('tells what an account, and a session of it, have spent', async () => {
  const { id: sessionId } = (await api.call('POST', '/v1/sessions')).body;
  const mission = await claim(api, await api.post({ goal: 'x', sessionId }));
  await commitStep(api, mission, { number: 1, text: 'done' });
  const day = today();
  const { status, body } = await api.call('GET', '/v1/usage');
  expect(status).toBe(200);
  expect(body).toMatchObject({
    data: [{ day, agent: null, model: expect.stringContaining('/'), calls: 1, ...usage, unpricedCalls: 0 }],
    hasMore: false,
    nextCursor: null,
  });
  expect((await api.call('GET', `/v1/sessions/${sessionId}`)).body).toMatchObject({ usage });
  const { key } = await api.newAccount('stranger');
  expect((await api.call('GET', '/v1/usage', { key })).body.data).toEqual([]);
  expect((await api.call('GET', `/v1/usage?from=2020-01-01&to=2020-02-01`)).body.data).toEqual([]);
});

it.each(['from=yesterday', 'to=2026-13-01', 'from=2026-02-01&to=2026-01-01', 'agent=A.b', 'limit=0', 'by=day'])(
  'refuses ?%s',
  async (query) => {
    expect(problemIn(await api.call('GET', `/v1/usage?${query}`))).toEqual(problem(422, 'invalid_request'));
  },
);

it('shows a mission’s budget, and raises it by an answer only to more than it was', async () => {
  const id = await api.post({ goal: 'x', budget: { usd: 0.5, steps: 3 } });
  const { missionId, attempt } = await claim(api, id);
  const budget = {
    usd: { limit: 0.5, spent: 0, reserved: 0 },
    tokens: null,
    steps: { limit: 3, spent: 0, reserved: 0 },
    wallClockSeconds: null,
    onExhausted: 'pause',
  };
  expect((await api.call('GET', `/v1/missions/${id}`)).body).toMatchObject({ budget });
  await api.db.lease.leave({
    missionId,
    attempt,
    status: 'waiting',
    code: 'awaiting_budget',
    message: 'x',
    children: [],
    tries: 0,
    waitingFor: { kind: 'budget', detail: {} },
    asks: [{ kind: 'budget', step: null, index: null, request: {}, argumentsHash: null, expiresInMs: null }],
  });
  const [ask] = (await api.call('GET', `/v1/missions/${id}/asks`)).body.data;
  const answer = (given: object) =>
    api.call('POST', `/v1/missions/${id}/answer`, { body: { askId: ask?.id, answer: given } });
  for (const given of [
    {},
    { usd: 0.5 },
    { usd: -1 },
    { tokens: 5 },
    { steps: 3 },
    { onExhausted: 'fail' },
    { dollars: 1 },
  ]) {
    expect(problemIn(await answer(given))).toEqual(problem(422, 'invalid_request'));
  }
  expect(await answer({ usd: 0.75 })).toMatchObject({ status: 200, body: { budget: { usd: { limit: 0.75 } } } });
});
