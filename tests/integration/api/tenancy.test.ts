import { createId } from '@flotilla/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, type Api, claim, commitStep, startApi } from './fixture.ts';

let api: Api;
let strangerKey: string;
beforeAll(async () => {
  api = await startApi();
  strangerKey = (await api.newAccount('stranger')).key;
});
afterAll(() => api[Symbol.asyncDispose]());

/** Every route that names a mission. */
const ROUTES: [method: string, suffix: string, body?: object | undefined, headers?: Record<string, string>][] = [
  ['GET', ''],
  ['HEAD', ''],
  ['GET', '/steps'],
  ['GET', '/steps?after=0&limit=100'],
  ['GET', '/events'],
  ['GET', '/events', undefined, { accept: 'text/event-stream' }],
  ['GET', '/result'],
  ['GET', '/result?wait=1'],
  ['GET', '/plan'],
  ['GET', '/files'],
  ['GET', '/files/a.txt'],
  ['GET', '/steps/1/tool-calls/0/output'],
  ['DELETE', ''],
  ['GET', '/children'],
  ['GET', '/asks'],
  ['POST', '/answer', { askId: createId('answer'), answer: 'x' }],
  ['POST', '/retry'],
  ['POST', '/fork', { step: 1 }],
  ['POST', '/cancel'],
  ['POST', '/pause'],
  ['POST', '/resume'],
];

const SCOPES_OF_ROUTES: [method: string, path: string, scope: 'missions:read' | 'missions:write'][] = [
  ['POST', '/v1/missions', 'missions:write'],
  ['GET', '/v1/missions', 'missions:read'],
  ['GET', `/v1/missions/${createId('mission')}`, 'missions:read'],
  ['GET', `/v1/missions/${createId('mission')}/steps`, 'missions:read'],
  ['GET', `/v1/missions/${createId('mission')}/events`, 'missions:read'],
  ['GET', `/v1/missions/${createId('mission')}/result`, 'missions:read'],
  ['GET', `/v1/missions/${createId('mission')}/plan`, 'missions:read'],
  ['GET', `/v1/missions/${createId('mission')}/children`, 'missions:read'],
  ['GET', `/v1/missions/${createId('mission')}/asks`, 'missions:read'],
  ['POST', `/v1/missions/${createId('mission')}/answer`, 'missions:write'],
  ['POST', `/v1/missions/${createId('mission')}/retry`, 'missions:write'],
  ['POST', `/v1/missions/${createId('mission')}/fork`, 'missions:write'],
  ['GET', `/v1/missions/${createId('mission')}/files`, 'missions:read'],
  ['GET', `/v1/missions/${createId('mission')}/files/a.txt`, 'missions:read'],
  ['GET', `/v1/missions/${createId('mission')}/steps/1/tool-calls/0/output`, 'missions:read'],
  ['DELETE', `/v1/missions/${createId('mission')}`, 'missions:write'],
  ['GET', '/v1/approvals', 'missions:read'],
  ['POST', `/v1/approvals/${createId('answer')}/decision`, 'missions:write'],
  ['GET', '/v1/events', 'missions:read'],
  ['GET', '/v1/account', 'missions:read'],
  ['GET', '/v1/dead-letters', 'missions:read'],
  ['POST', '/v1/bulk-actions', 'missions:write'],
  ['PUT', '/v1/agents/a', 'missions:write'],
  ['GET', '/v1/agents', 'missions:read'],
  ['GET', '/v1/agents/a', 'missions:read'],
  ['GET', '/v1/agents/a/versions', 'missions:read'],
  ['POST', '/v1/sessions', 'missions:write'],
  ['GET', '/v1/sessions', 'missions:read'],
  ['GET', `/v1/sessions/${createId('session')}`, 'missions:read'],
  ['GET', `/v1/sessions/${createId('session')}/plan`, 'missions:read'],
  ['GET', '/v1/usage', 'missions:read'],
  ['POST', '/v1/webhook-endpoints', 'missions:write'],
  ['GET', '/v1/webhook-endpoints', 'missions:read'],
  ['GET', `/v1/webhook-endpoints/${createId('endpoint')}`, 'missions:read'],
  ['PATCH', `/v1/webhook-endpoints/${createId('endpoint')}`, 'missions:write'],
  ['DELETE', `/v1/webhook-endpoints/${createId('endpoint')}`, 'missions:write'],
  ['POST', `/v1/webhook-endpoints/${createId('endpoint')}/rotate-secret`, 'missions:write'],
  ['POST', `/v1/webhook-endpoints/${createId('endpoint')}/test`, 'missions:write'],
  ['POST', `/v1/webhook-endpoints/${createId('endpoint')}/recover`, 'missions:write'],
  ['GET', '/v1/webhook-deliveries', 'missions:read'],
  ['GET', `/v1/webhook-deliveries/${createId('delivery')}`, 'missions:read'],
  ['GET', `/v1/webhook-deliveries/${createId('delivery')}/attempts`, 'missions:read'],
  ['POST', `/v1/webhook-deliveries/${createId('delivery')}/redeliver`, 'missions:write'],
  ['POST', `/v1/missions/${createId('mission')}/cancel`, 'missions:write'],
  ['POST', `/v1/missions/${createId('mission')}/pause`, 'missions:write'],
  ['POST', `/v1/missions/${createId('mission')}/resume`, 'missions:write'],
];

/** An answer without what names its request. */
function comparable({ status, body, headers }: Answer) {
  const { requestId: _requestId, instance: _instance, ...rest } = body ?? {};
  const { date: _date, 'x-request-id': _id, 'content-length': _length, ...others } = Object.fromEntries(headers);
  return { status, rest, others };
}

/** All of a mission's row: an answer of 404 must not hide that something was done. */
async function rowOf(id: string): Promise<unknown> {
  return (await api.sql.query('SELECT * FROM missions WHERE id = $1', [id])).rows;
}

describe('a stranger', () => {
  it.each(ROUTES)(
    'learns nothing from %s …/:id%s: not even that the mission exists',
    async (...[method, suffix, body, headers = {}]) => {
      const id = await api.post({ goal: 'a secret goal' });
      await commitStep(api, await claim(api, id), { number: 1, text: 'a secret thought' });
      if (suffix === '/resume') await api.sql.query('UPDATE missions SET paused_at = now() WHERE id = $1', [id]);
      const before = await rowOf(id);

      const foreign = await api.call(method, `/v1/missions/${id}${suffix}`, { key: strangerKey, body, headers });
      const unknown = await api.call(method, `/v1/missions/${createId('mission')}${suffix}`, {
        key: strangerKey,
        body,
        headers,
      });
      expect(foreign.status).toBe(404);
      expect(comparable(foreign)).toEqual(comparable(unknown));
      expect(foreign.text).toMatch(method === 'HEAD' ? /^$/ : /"code":"not_found"/);

      expect(await rowOf(id)).toEqual(before);
    },
  );

  it('learns nothing of a session, and puts no mission into it', async () => {
    const { id } = (await api.call('POST', '/v1/sessions')).body;
    await api.post({ goal: 'a secret goal', sessionId: id });
    const unknown = createId('session');
    for (const suffix of ['', '/plan']) {
      const [foreign, absent] = await Promise.all(
        [id, unknown].map((session) => api.call('GET', `/v1/sessions/${session}${suffix}`, { key: strangerKey })),
      );
      expect(foreign?.status).toBe(404);
      expect(foreign && comparable(foreign)).toEqual(absent && comparable(absent));
    }
    for (const sessionId of [id, unknown]) {
      const posted = await api.call('POST', '/v1/missions', { key: strangerKey, body: { goal: 'x', sessionId } });
      expect(posted.body).toMatchObject({ status: 422, code: 'unknown_session' });
    }
    for (const path of ['/v1/sessions', `/v1/missions?sessionId=${id}`]) {
      expect((await api.call('GET', path, { key: strangerKey })).body.data).toEqual([]);
    }
  });

  it('learns nothing of an agent, makes one of the same name beside it, and plays no mission with it', async () => {
    const definition = { model: 'sim/demo', instructions: 'a secret instruction' };
    expect((await api.call('PUT', '/v1/agents/spy', { body: definition })).status).toBe(201);
    for (const path of ['/v1/agents/spy', '/v1/agents/spy?version=1', '/v1/agents/spy/versions']) {
      const foreign = await api.call('GET', path, { key: strangerKey });
      const unknown = await api.call('GET', path.replace('spy', 'nobody'), { key: strangerKey });
      expect(foreign.status).toBe(404);
      expect(comparable(foreign)).toEqual(comparable(unknown));
    }
    for (const agent of ['spy', 'spy@1', 'nobody']) {
      const posted = await api.call('POST', '/v1/missions', { key: strangerKey, body: { goal: 'x', agent } });
      expect(posted.body).toMatchObject({ status: 422, code: 'unknown_agent' });
    }
    expect((await api.call('GET', '/v1/agents', { key: strangerKey })).body.data).toEqual([]);

    const own = { model: 'sim/demo', instructions: 'my own' };
    const put = await api.call('PUT', '/v1/agents/spy', { key: strangerKey, body: own });
    expect(put.body).toMatchObject({ version: 1, definition: own });
    expect((await api.call('GET', '/v1/agents/spy')).body).toMatchObject({ version: 1, definition });
  });

  it('sees none of another account’s missions in a list, whatever cursor they bring', async () => {
    await api.post();
    await api.post();
    const { nextCursor } = (await api.call('GET', '/v1/missions?limit=1')).body;
    for (const query of ['', `?cursor=${nextCursor ?? ''}`]) {
      const { status, body } = await api.call('GET', `/v1/missions${query}`, { key: strangerKey });
      expect({ status, data: body.data }).toEqual({ status: 200, data: [] });
    }
  });
});

describe('a key', () => {
  it.each(SCOPES_OF_ROUTES)('without the right scope may not %s %s', async (method, path, scope) => {
    const other = scope === 'missions:read' ? 'missions:write' : 'missions:read';
    const answer = await api.call(method, path, { key: await api.newKey(api.accountId, [other]) });
    expect(answer.status).toBe(403);
    expect(answer.body).toMatchObject({ code: 'missing_scope', scope });
  });

  it.each(SCOPES_OF_ROUTES)('is needed for %s %s', async (method, path) => {
    const answer = await api.call(method, path, { key: null });
    expect(answer.status).toBe(401);
    expect(answer.body.code).toBe('unauthenticated');
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
  });
});
