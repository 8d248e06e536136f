import { createCursor } from '@flotilla/api/cursor';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type Api, claim, problem, problemIn, startApi, storeMission } from './fixture.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api[Symbol.asyncDispose]());

type Tenant = { accountId: string; key: string };

let tenants = 0;
/** An account of its own, since a bulk action takes whatever the account has. */
const newTenant = (): Promise<Tenant> => api.newAccount(`tenant ${tenants++}`);

async function post({ key }: Tenant, tag = 'any'): Promise<string> {
  return (await api.call('POST', '/v1/missions', { key, body: { goal: 'x', tags: [tag] } })).body.id;
}

async function fail(missionId: string, code = 'provider_error'): Promise<string> {
  await api.db.lease.leave({ ...(await claim(api, missionId)), status: 'failed', code, message: 'x' });
  return missionId;
}

const bulk = ({ key }: Tenant, body: object) => api.call('POST', '/v1/bulk-actions', { key, body });

describe('GET /v1/dead-letters', () => {
  it('lists what failed, newest first, by code, tag and age', async () => {
    const tenant = await newTenant();
    const list = async (query = '') => (await api.call('GET', `/v1/dead-letters${query}`, { key: tenant.key })).body;
    const first = await fail(await post(tenant, 'a'));
    const second = await fail(await post(tenant, 'b'), 'max_steps');
    const { body } = await api.call('GET', `/v1/missions/${second}`, { key: tenant.key });
    const between = z.string().parse(body['createdAt']);
    const third = await fail(await post(tenant, 'a'), 'max_steps');
    await post(tenant, 'a');

    const idsOf = async (query?: string) => (await list(query)).data.map(({ id }) => id);
    expect(await idsOf()).toEqual([third, second, first]);
    expect((await list()).data[0]).toMatchObject({
      status: 'failed',
      statusReason: { code: 'max_steps' },
      tags: ['a'],
    });
    expect(await idsOf('?code=max_steps')).toEqual([third, second]);
    expect(await idsOf('?tag=a')).toEqual([third, first]);
    expect(await idsOf('?tag=a&code=max_steps')).toEqual([third]);
    expect(await idsOf(`?createdAfter=${between}`)).toEqual([third, second]);
    expect(await idsOf(`?createdBefore=${between}`)).toEqual([first]);
    const page = await list('?limit=2');
    expect(page).toMatchObject({ hasMore: true });
    expect(await idsOf(`?limit=2&cursor=${page.nextCursor ?? ''}`)).toEqual([first]);
  });

  it.each(['?createdAfter=yesterday', '?status=queued', '?tag=', '?code=%00', '?limit=0'])(
    'refuses %s',
    async (query) => {
      expect(problemIn(await api.call('GET', `/v1/dead-letters${query}`))).toEqual(problem(422, 'invalid_request'));
    },
  );
});

describe('POST /v1/bulk-actions', () => {
  it('retries what a filter lets through, once, and says beforehand what it would', async () => {
    const tenant = await newTenant();
    const wanted = [await fail(await post(tenant, 'a')), await fail(await post(tenant, 'a'))];
    await fail(await post(tenant, 'b'));
    await post(tenant, 'a');
    const request = { action: 'retry', filter: { tag: 'a' } };

    const dry = (await bulk(tenant, { ...request, dryRun: true })).body;
    expect(dry).toMatchObject({ action: 'retry', dryRun: true, matched: 2, done: 0, hasMore: false });
    expect(dry.data).toEqual(
      wanted.toReversed().map((missionId) => ({ missionId, outcome: null, newMissionId: null })),
    );

    const { status, body } = await bulk(tenant, request);
    expect(status).toBe(200);
    expect(body).toMatchObject({ matched: 2, done: 2, skipped: 0 });
    for (const { missionId, outcome, newMissionId } of body.data) {
      expect(outcome).toBe('retried');
      const mission = await api.call('GET', `/v1/missions/${z.string().parse(newMissionId)}`, { key: tenant.key });
      expect(mission.body).toMatchObject({ status: 'queued', retryOf: missionId });
    }
    expect((await bulk(tenant, request)).body).toMatchObject({ matched: 0, done: 0 });
    expect((await bulk(tenant, { ...request, again: true })).body).toMatchObject({ matched: 2, done: 2 });
  });

  it('retries nothing twice when two ask at once, and leaves the failed retry to be retried instead', async () => {
    const tenant = await newTenant();
    for (let count = 0; count < 6; count++) await fail(await post(tenant));
    const answers = await Promise.all([1, 2, 3].map(() => bulk(tenant, { action: 'retry', filter: {} })));
    expect(answers.reduce((sum, { body }) => sum + Number(body['done']), 0)).toBe(6);
    const [retry] = answers.flatMap(({ body }) =>
      body.data.flatMap(({ newMissionId }) => (typeof newMissionId === 'string' ? newMissionId : [])),
    );
    await fail(retry ?? '');
    const { body } = await bulk(tenant, { action: 'retry', filter: {} });
    expect(body.data).toMatchObject([{ missionId: retry, outcome: 'retried' }]);
  });

  it('takes no more than its limit, and says that there is more', async () => {
    const tenant = await newTenant();
    for (let count = 0; count < 3; count++) await fail(await post(tenant));
    const request = { action: 'retry', filter: {}, limit: 2 };
    expect((await bulk(tenant, request)).body).toMatchObject({ matched: 2, done: 2, hasMore: true });
    expect((await bulk(tenant, request)).body).toMatchObject({ matched: 1, done: 1, hasMore: false });
  });

  it('goes on with nextCursor, also where it retries again what was retried before', async () => {
    const tenant = await newTenant();
    const failed: string[] = [];
    for (let count = 0; count < 3; count++) failed.unshift(await fail(await post(tenant)));
    const request = { action: 'retry', filter: {}, again: true, limit: 2 };
    const seen: unknown[] = [];
    let cursor: string | null | undefined;
    for (let asked = 0; asked < 3 && cursor !== null; asked++) {
      const { body } = await bulk(tenant, { ...request, ...(cursor && { cursor }) });
      seen.push(...body.data.map(({ missionId }) => missionId));
      expect(body['hasMore']).toBe(body.nextCursor !== null);
      cursor = body.nextCursor;
    }
    expect(seen).toEqual(failed);
    // Who begins anew, retries anew.
    const anew = (await bulk(tenant, { ...request, dryRun: true })).body;
    expect(anew.data.map(({ missionId }) => missionId)).toEqual(failed.slice(0, 2));
    const forged = await bulk(tenant, { ...request, cursor: createCursor('missions', 'a\0b') });
    expect(problemIn(forged)).toEqual(problem(400, 'invalid_cursor'));
  });

  it('retries all of it or, beyond the backlog cap, none', async () => {
    const tenant = await newTenant();
    for (let count = 0; count < 3; count++) await fail(await storeMission(api, tenant.accountId));
    await api.sql.query('UPDATE accounts SET max_queued = 2 WHERE id = $1', [tenant.accountId]);
    expect(problemIn(await bulk(tenant, { action: 'retry', filter: {} }))).toEqual(problem(429, 'backlog_full'));
    expect((await bulk(tenant, { action: 'retry', filter: {}, limit: 2 })).body).toMatchObject({ done: 2 });
  });

  it('cancels what is not over, and asks what runs', async () => {
    const tenant = await newTenant();
    const queued = await post(tenant);
    const running = await claim(api, await post(tenant));
    const other = await post(tenant, 'keep');
    await fail(await post(tenant));
    const { body } = await bulk(tenant, { action: 'cancel', filter: { tag: 'any' } });
    expect(body).toMatchObject({ matched: 2, done: 2 });
    expect(body.data).toEqual([
      { missionId: running.missionId, outcome: 'cancel_requested', newMissionId: null },
      { missionId: queued, outcome: 'cancelled', newMissionId: null },
    ]);
    expect((await api.call('GET', `/v1/missions/${other}`, { key: tenant.key })).body).toMatchObject({
      status: 'queued',
    });
    expect((await bulk(tenant, { action: 'cancel', filter: { tag: 'any' } })).body).toMatchObject({ matched: 0 });
    expect((await bulk(tenant, { action: 'cancel', filter: { status: 'queued' } })).body.data).toMatchObject([
      { missionId: other },
    ]);
  });

  it('reaches no other account', async () => {
    const [tenant, stranger] = [await newTenant(), await newTenant()];
    const failed = await fail(await post(tenant));
    await post(tenant);
    for (const action of ['retry', 'cancel']) {
      expect((await bulk(stranger, { action, filter: {} })).body).toMatchObject({ matched: 0, data: [] });
    }
    expect((await api.call('GET', '/v1/dead-letters', { key: stranger.key })).body.data).toEqual([]);
    expect((await api.call('GET', '/v1/dead-letters', { key: tenant.key })).body.data).toMatchObject([{ id: failed }]);
  });

  it.each([
    [{ filter: {} }, '/action'],
    [{ action: 'delete', filter: {} }, '/action'],
    [{ action: 'retry' }, '/filter'],
    [{ action: 'retry', filter: { status: 'running' } }, '/filter/status'],
    [{ action: 'cancel', filter: { status: 'failed' } }, '/filter/status'],
    [{ action: 'cancel', filter: { status: "failed' OR '1'='1" } }, '/filter/status'],
    [{ action: 'cancel', filter: {}, from: 'start' }, '/from'],
    [{ action: 'cancel', filter: {}, again: true }, '/again'],
    [{ action: 'retry', filter: { statuses: ['failed'] } }, '/filter/statuses'],
    [{ action: 'retry', filter: { sessionId: 'x' } }, '/filter/sessionId'],
    [{ action: 'retry', filter: { tag: 'a\0' } }, '/filter/tag'],
    [{ action: 'retry', filter: { createdAfter: '2026-13-01T00:00:00Z' } }, '/filter/createdAfter'],
    [{ action: 'retry', filter: {}, limit: 1_001 }, '/limit'],
    [{ action: 'retry', filter: {}, dryRun: 'yes' }, '/dryRun'],
  ])('refuses %j', async (body, path) => {
    const answer = await api.call('POST', '/v1/bulk-actions', { body });
    expect(problemIn(answer)).toEqual(problem(422, 'invalid_request'));
    expect(answer.body.errors.map((error) => error.path)).toContain(path);
  });
});
