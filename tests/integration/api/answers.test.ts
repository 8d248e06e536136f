import { type Ask, createId } from '@flotilla/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, claim, commitStep, problem, problemIn, startApi } from './fixture.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api[Symbol.asyncDispose]());

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** A mission that waits for an answer to each of these. */
async function parked(...kinds: ('input' | 'approval')[]): Promise<{ id: string; asks: string[] }> {
  const id = await api.post();
  const running = await claim(api, id);
  await commitStep(api, running, { number: 1, text: 'May I?' });
  const asks: Ask[] = kinds.map((kind, index) => ({
    kind,
    step: 1,
    index,
    request: { question: `number ${index}` },
    argumentsHash: kind === 'approval' ? 'hash' : null,
    expiresInMs: 60_000,
  }));
  const waitingFor = { kind: kinds[0] ?? 'input', detail: {} };
  const reason = { code: 'input', message: 'it asks' };
  await api.db.lease.leave({ ...running, status: 'waiting', ...reason, waitingFor, asks, children: [], tries: 0 });
  const listed = (await api.call('GET', `/v1/missions/${id}/asks`)).body.data;
  return { id, asks: listed.map((ask) => ask.id) };
}

const answer = (missionId: string, body: object, key = api.key) =>
  api.call('POST', `/v1/missions/${missionId}/answer`, { key, body });

describe('a waiting mission', () => {
  it('says what it waits to be answered', async () => {
    const { id, asks } = await parked('input', 'approval');
    expect(asks).toHaveLength(2);
    expect((await api.call('GET', `/v1/missions/${id}/asks`)).body).toEqual({
      data: asks.map((askId, call) => ({
        id: askId,
        kind: call === 0 ? 'input' : 'approval',
        step: 1,
        call,
        request: { question: `number ${call}` },
        createdAt: expect.stringMatching(TIME),
        expiresAt: expect.stringMatching(TIME),
      })),
    });
    expect((await api.call('GET', `/v1/missions/${await api.post()}/asks`)).body).toEqual({ data: [] });
  });

  it('goes on with the last answer it waits for, and keeps who gave it', async () => {
    const { id, asks } = await parked('input', 'approval');
    const first = await answer(id, { askId: asks[0], answer: { text: 'Grüße' } });
    expect(first).toMatchObject({ status: 200, body: { id, status: 'waiting' } });
    const last = await answer(id, { askId: asks[1], answer: { decision: 'approved', message: 'Go on.' } });
    expect(last).toMatchObject({ status: 200, body: { id, status: 'queued' } });
    const { rows } = await api.sql.query(
      'SELECT answer, answered_by FROM answers WHERE mission_id = $1 ORDER BY call_index',
      [id],
    );
    expect(rows).toEqual([
      { answer: { text: 'Grüße' }, answered_by: expect.stringMatching(/^key_/) },
      { answer: { decision: 'approved', message: 'Go on.' }, answered_by: expect.stringMatching(/^key_/) },
    ]);
    expect(await claim(api, id)).toMatchObject({ attempt: 2 });
  });

  it('takes an answer once, and none after its end', async () => {
    const { id, asks } = await parked('input', 'input');
    const [one, two] = asks;
    const answers = await Promise.all(['a', 'b', 'c'].map((text) => answer(id, { askId: one, answer: text })));
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409, 409]);
    expect(answers.find(({ status }) => status === 409)?.body).toMatchObject({ code: 'already_answered' });
    await api.call('POST', `/v1/missions/${id}/cancel`);
    expect((await answer(id, { askId: two, answer: 'd' })).body).toMatchObject({
      status: 409,
      code: 'mission_ended',
      missionStatus: 'cancelled',
    });
  });

  it('is told that nobody answered when the time is over', async () => {
    const { id, asks } = await parked('input');
    await api.sql.query(`UPDATE answers SET expires_at = now() - interval '1 s' WHERE id = $1`, [asks[0]]);
    expect(problemIn(await answer(id, { askId: asks[0], answer: 'late' }))).toEqual(problem(410, 'ask_expired'));
  });

  it.each([
    [{ answer: 'x' }, '/askId'],
    [{ askId: 'x', answer: 'x' }, '/askId'],
    [{ askId: 'a\0b', answer: 'x' }, '/askId'],
    [{ askId: createId('answer'), answer: 'x' }, '/askId'],
    [{ askId: 'ASK' }, '/answer'],
    [{ askId: 'ASK', answer: 'a\0b' }, '/answer'],
    [{ askId: 'ASK', answer: { 'a\0b': 1 } }, '/answer'],
    [{ askId: 'ASK', answer: { decision: 'approved', arguments: { a: '\ud800' } } }, '/answer'],
    [{ askId: 'ASK', answer: 'yes' }, '/answer'],
    [{ askId: 'ASK', answer: { decision: 'maybe' } }, '/answer/decision'],
    [{ askId: 'ASK', answer: { decision: 'approved', by: 'me' } }, '/answer/by'],
    [{ askId: 'ASK', answer: { decision: 'approved', arguments: [] } }, '/answer/arguments'],
  ])('refuses %j to an approval, and waits on', async (body, path) => {
    const { id, asks } = await parked('approval');
    const sent = JSON.parse(JSON.stringify(body).replace('ASK', asks[0] ?? ''));
    const refused = await answer(id, sent);
    expect(problemIn(refused)).toEqual(problem(422, 'invalid_request'));
    expect(refused.body.errors.map((error) => error.path)).toContain(path);
    expect((await api.call('GET', `/v1/missions/${id}`)).body).toMatchObject({ status: 'waiting' });
  });

  it('takes no answer from a stranger', async () => {
    const { id, asks } = await parked('input');
    const { key } = await api.newAccount('stranger');
    expect(problemIn(await answer(id, { askId: asks[0], answer: 'x' }, key))).toEqual(problem(404, 'not_found'));
    expect((await api.call('GET', `/v1/missions/${id}/asks`)).body.data).toHaveLength(1);
  });
});
