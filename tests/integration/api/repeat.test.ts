import { createId } from '@flotilla/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, claim, commitStep, problem, problemIn, startApi, storeMission } from './fixture.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api[Symbol.asyncDispose]());

/** A mission that answered in two steps, as far as anybody can tell, and failed in the end. */
async function failed(): Promise<string> {
  const id = await api.post({ goal: 'Count', tags: ['count'], metadata: { customer: 'c-1' }, priority: 2 });
  const running = await claim(api, id);
  await commitStep(api, running, { number: 1, text: 'One.' });
  await commitStep(api, running, { number: 2, text: 'Two.' });
  await api.db.lease.leave({ ...running, status: 'failed', code: 'provider_error', message: 'x' });
  return id;
}

describe('POST /v1/missions/:id/retry', () => {
  it('starts a new mission after what was done, with all that was asked of the old one', async () => {
    const id = await failed();
    const { status, headers, body } = await api.call('POST', `/v1/missions/${id}/retry`);
    expect(status).toBe(202);
    expect(headers.get('location')).toBe(`/v1/missions/${body.id}`);
    expect(body).toMatchObject({
      status: 'queued',
      retryOf: id,
      forkedFrom: null,
      goal: 'Count',
      tags: ['count'],
      metadata: { customer: 'c-1' },
      priority: 2,
      stepCount: 1,
      attempt: 0,
      usage: { inputTokens: 0, costUsd: 0 },
    });
    const steps = (await api.call('GET', `/v1/missions/${body.id}/steps`)).body.data;
    expect(steps.map(({ number, attempt, text }) => ({ number, attempt, text }))).toEqual([
      { number: 1, attempt: 0, text: 'One.' },
    ]);
    expect(await claim(api, body.id)).toMatchObject({ attempt: 1 });
  });

  it('starts over where that is asked for', async () => {
    const { body } = await api.call('POST', `/v1/missions/${await failed()}/retry`, { body: { from: 'start' } });
    expect(body).toMatchObject({ status: 'queued', stepCount: 0 });
  });

  it('answers 409 for a mission that has not ended, and 404 for one that is not there', async () => {
    const answer = await api.call('POST', `/v1/missions/${await api.post()}/retry`);
    expect(answer.body).toMatchObject({ status: 409, code: 'mission_not_ended', missionStatus: 'queued' });
    for (const verb of ['retry', 'fork']) {
      const unknown = await api.call('POST', `/v1/missions/${createId('mission')}/${verb}`, { body: { step: 0 } });
      expect(unknown.status).toBe(verb === 'fork' ? 404 : 422);
    }
    expect(problemIn(await api.call('POST', `/v1/missions/${createId('mission')}/retry`))).toEqual(
      problem(404, 'not_found'),
    );
  });

  it('takes its place in the backlog, like any new mission', async () => {
    const { accountId, key } = await api.newAccount('full');
    const id = await storeMission(api, accountId);
    await api.call('POST', `/v1/missions/${id}/cancel`, { key });
    await api.sql.query('UPDATE accounts SET max_queued = 1 WHERE id = $1', [accountId]);
    const retry = () => api.call('POST', `/v1/missions/${id}/retry`, { key });
    const [first, second] = [await retry(), await retry()];
    expect(first.status).toBe(202);
    expect(problemIn(second)).toEqual(problem(429, 'backlog_full'));
  });
});

describe('POST /v1/missions/:id/fork', () => {
  it('goes off after a step, with something else to do', async () => {
    const id = await failed();
    const patch = { goal: 'Count backwards', tools: [], limits: { maxSteps: 3 } };
    const { status, body } = await api.call('POST', `/v1/missions/${id}/fork`, { body: { step: 1, patch } });
    expect(status).toBe(202);
    expect(body).toMatchObject({
      forkedFrom: id,
      retryOf: null,
      stepCount: 1,
      goal: 'Count backwards',
      tools: [],
      limits: { maxSteps: 3, maxOutputTokens: 8_192 },
      model: 'sim/demo',
    });
  });

  it.each([
    [{}, 'invalid_request', '/step'],
    [{ step: -1 }, 'invalid_request', '/step'],
    [{ step: 1.5 }, 'invalid_request', '/step'],
    [{ step: 3 }, 'invalid_request', '/step'],
    // The step that ended it.
    [{ step: 2 }, 'invalid_request', '/step'],
    [{ step: 1, patch: { goal: '' } }, 'invalid_request', '/patch/goal'],
    [{ step: 1, patch: { goal: 'a\0b' } }, 'invalid_request', '/patch/goal'],
    [{ step: 1, patch: { pool: 'x' } }, 'invalid_request', '/patch/pool'],
    [{ step: 1, patch: { limits: { maxSteps: 0 } } }, 'invalid_request', '/patch/limits/maxSteps'],
    [{ step: 1, patch: { model: 'x' } }, 'unknown_model', '/patch/model'],
    [{ step: 1, patch: { tools: ['teleport'] } }, 'unknown_tool', '/patch/tools/0'],
  ])('refuses %j, and starts nothing', async (body, code, path) => {
    const id = await failed();
    const rows = await api.countRows();
    const answer = await api.call('POST', `/v1/missions/${id}/fork`, { body });
    expect(problemIn(answer)).toEqual(problem(422, code));
    expect(answer.body.errors.map((error) => error.path)).toContain(path);
    expect(await api.countRows()).toBe(rows);
  });
});
