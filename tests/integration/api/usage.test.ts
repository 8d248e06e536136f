import { NO_USAGE } from '@flotilla/core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { respond, resultOf } from '../db/fixture.ts';
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

type Spent = { costUsd: number } | null;
type StepBody = {
  usage: Spent;
  summaryUsage: Spent;
  unusedUsage: Spent;
  toolCalls: { usage: Spent; cached: boolean }[];
};

it('shows with a mission’s steps all that it has spent, to the millionth: by them, their tool calls and summaries', async () => {
  const { missionId, attempt } = await claim(api, await api.post({ goal: 'x' }));
  const own = { missionId, attempt };
  const { steps } = api.db;
  const spent = (costMicroUsd: number) => {
    const call = { inputTokens: 10, outputTokens: 1, cachedInputTokens: 0, costMicroUsd };
    return { response: { provider: 'sim', model: 'small', usage: call } };
  };
  const summaryBefore = (step: number) => ({ summary: { step, chainStage: 0, upToStep: step - 1, text: 'x' } });
  await steps.commitResponse({ ...own, ...respond(1, 3) });
  // A question whose answer was lost, and the same one again; one that the cache has answered; and a tool that asked none.
  await steps.commitUnusedCall({ ...own, step: 1, index: 0, number: 1, ...spent(3) });
  await steps.commitToolResult({ ...own, ...resultOf(1, 0), sideCall: spent(5) });
  const free = { response: { provider: 'sim', model: 'small', usage: NO_USAGE }, cached: true };
  await steps.commitToolResult({ ...own, ...resultOf(1, 1), sideCall: free });
  await steps.commitToolResult({ ...own, ...resultOf(1, 2) });
  await steps.commitSummary({ ...own, ...summaryBefore(2), ...spent(11) });
  await steps.commitResponse({ ...own, ...respond(2, 0) });
  // Before a step that has not come.
  await steps.commitSummary({ ...own, ...summaryBefore(3), ...spent(13) });
  // Calls that broke off: for a step that came in the end, for one that has not come, and for the summary before it.
  const broken = (number: number, step: number) => ({ ...own, step, index: null, isPartial: true, number });
  await steps.commitUnusedCall({ ...broken(2, 1), ...spent(17) });
  await steps.commitUnusedCall({ ...broken(3, 3), ...spent(19) });
  await steps.commitUnusedCall({ ...broken(4, 3), isSummary: true, ...spent(23) });

  const path = `/v1/missions/${missionId}/steps`;
  const pages = [await api.call('GET', `${path}?limit=1`), await api.call('GET', `${path}?limit=1&after=1`)];
  const shown = pages.flatMap(({ body }) => body.data) as unknown as StepBody[];
  expect((await api.call('GET', path)).body.data).toEqual(shown);
  expect(shown).toMatchObject([
    {
      usage: { costUsd: 0.000_007 },
      summaryUsage: null,
      unusedUsage: { costUsd: 0.000_017 },
      toolCalls: [
        { usage: { costUsd: 0.000_008, inputTokens: 20 }, cached: false },
        { usage: { costUsd: 0 }, cached: true },
        { usage: null, cached: false },
      ],
    },
    { usage: { costUsd: 0.000_007 }, summaryUsage: { costUsd: 0.000_047 }, unusedUsage: { costUsd: 0.000_019 } },
  ]);
  const micro = (one: Spent) => Math.round((one?.costUsd ?? 0) * 1_000_000);
  const sum = shown.reduce((total, { usage: ofStep, summaryUsage, unusedUsage, toolCalls }) => {
    const ofCalls = toolCalls.reduce((all, call) => all + micro(call.usage), 0);
    return total + micro(ofStep) + micro(summaryUsage) + micro(unusedUsage) + ofCalls;
  }, 0);
  const mission = (await api.call('GET', `/v1/missions/${missionId}`)).body;
  expect([sum, mission['usage']]).toMatchObject([105, { costUsd: 0.000_105 }]);
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
