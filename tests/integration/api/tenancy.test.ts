import { createId, SCOPES } from '@flotilla/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWorld } from './contract/world.ts';
import { type Answer, type Api, claim, commitStep, problem, problemIn, startApi } from './fixture.ts';
import { fill, mountedRoutes } from './mounted-routes.ts';
import { unknownParams } from './params.ts';
import { endOne, makeEndpoint } from './webhook-steps.ts';

let api: Api;
let strangerKey: string;
beforeAll(async () => {
  api = await startApi();
  strangerKey = (await api.newAccount('stranger')).key;
});
afterAll(() => api[Symbol.asyncDispose]());

/** Bodies without which a route does not come as far as to look for what its path names. */
const BODIES: Readonly<Record<string, object>> = {
  'POST /v1/missions/:missionId/answer': { askId: createId('answer'), answer: 'x' },
  'POST /v1/missions/:missionId/fork': { step: 1 },
  'POST /v1/approvals/:askId/decision': { decision: 'approved' },
  'PATCH /v1/webhook-endpoints/:endpointId': { enabled: false },
  'POST /v1/webhook-endpoints/:endpointId/recover': { since: '2026-01-01T00:00:00Z' },
};

/** Routes that make what their path names. */
const MAKERS = new Set(['PUT /v1/agents/:name']);

/** More than a path can ask of a route. */
const MORE: Readonly<Record<string, { suffix?: string; headers?: Record<string, string> }[]>> = {
  'GET /v1/missions/:missionId/steps': [{ suffix: '?after=0&limit=100' }],
  'GET /v1/missions/:missionId/events': [{ headers: { accept: 'text/event-stream' } }],
  'GET /v1/missions/:missionId/result': [{ suffix: '?wait=1' }],
  'GET /v1/agents/:name': [{ suffix: '?version=1' }],
};

const SECRET = 'a secret thing';

/** An answer without what names its request. */
function comparable({ status, body, headers }: Answer) {
  const { requestId: _requestId, instance: _instance, ...rest } = body ?? {};
  const {
    date: _date,
    'x-request-id': _id,
    'content-length': _length,
    ratelimit: _left,
    ...others
  } = Object.fromEntries(headers);
  return { status, rest, others };
}

type Owned = Record<string, string>;

/** One of everything that a path can name, with something in it that nobody else may see. */
async function makeOwned(): Promise<Owned> {
  const sessionId = (await api.call('POST', '/v1/sessions')).body.id;
  const missionId = await api.post({ goal: SECRET, sessionId });
  await commitStep(api, await claim(api, missionId), { number: 1, text: SECRET });
  // Whatever could be done with it can be done now.
  await api.sql.query('UPDATE missions SET paused_at = now() WHERE id = $1', [missionId]);
  await api.call('PUT', '/v1/agents/owned', { body: { model: 'sim/demo', instructions: SECRET } });
  const key = await api.call('POST', '/v1/api-keys', { body: { name: SECRET, scopes: ['missions:read'] } });
  const { id: endpointId } = await makeEndpoint(api, { description: SECRET });
  const [deliveryId = ''] = (await endOne(api)).deliveryIds;
  const { askId } = await createWorld(api).waiting('approval');
  return { ...unknownParams(), missionId, sessionId, name: 'owned', keyId: key.body.id, endpointId, deliveryId, askId };
}

/** Every row of the account, by table: an answer of 404 must not hide that something was done. */
async function rowsOf(accountId: string): Promise<Record<string, string>> {
  const { rows: tables } = await api.sql.query<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.columns
     WHERE table_schema = 'public' AND column_name = 'account_id' AND table_name <> 'api_keys'`,
  );
  const found: Record<string, string> = {};
  for (const { name } of tables) {
    const { rows } = await api.sql.query<{ all: string }>(
      `SELECT COALESCE(string_agg(t::text, ',' ORDER BY t::text), '') AS all FROM ${name} t WHERE account_id = $1`,
      [accountId],
    );
    found[name] = rows[0]?.all ?? '';
  }
  const keys = await api.sql.query(
    'SELECT id, revoked_at, expires_at, replaced_by FROM api_keys WHERE account_id = $1',
    [accountId],
  );
  return { ...found, api_keys: JSON.stringify(keys.rows) };
}

describe('a stranger', () => {
  it('learns nothing from any route that names something, not even that it is there, and changes nothing', async () => {
    const owned = await makeOwned();
    const routes = mountedRoutes(api).filter(({ path }) => /[:*]/.test(path));
    expect(routes.length).toBeGreaterThan(20);
    const before = await rowsOf(api.accountId);
    for (const { method, path } of routes) {
      const name = `${method} ${path}`;
      if (MAKERS.has(name)) continue;
      const body = BODIES[name];
      for (const { suffix = '', headers = {} } of [{}, ...(MORE[name] ?? [])]) {
        for (const verb of method === 'GET' ? ['GET', 'HEAD'] : [method]) {
          const ask = (params: Owned) =>
            api.call(verb, `${fill(path, params)}${suffix}`, { key: strangerKey, body, headers });
          const [foreign, unknown] = [await ask(owned), await ask(unknownParams())];
          expect(foreign.status, `${name}: does it need one of BODIES?`).toBe(404);
          expect(comparable(foreign), `of ${name}`).toEqual(comparable(unknown));
          expect(foreign.text, `of ${name}`).toMatch(verb === 'HEAD' ? /^$/ : /"code":"not_found"/);
        }
      }
    }
    expect(await rowsOf(api.accountId)).toEqual(before);
  });

  it('sees nothing of it in any list', async () => {
    const owned = await makeOwned();
    const { path: _path, step: _step, call: _call, ...ids } = owned;
    for (const { method, path } of mountedRoutes(api)) {
      if (method !== 'GET' || /[:*]/.test(path)) continue;
      const { status, text } = await api.call('GET', path, { key: strangerKey });
      expect(status, `of ${path}`).toBe(200);
      for (const hidden of [SECRET, ...Object.values(ids)]) expect(text, `of ${path}`).not.toContain(hidden);
    }
  });

  it('is told apart from the owner by nothing but the key', async () => {
    const owned = await makeOwned();
    const seen: string[] = [];
    for (const { method, path } of mountedRoutes(api)) {
      if (method !== 'GET' || !/[:*]/.test(path)) continue;
      const { status, text } = await api.call('GET', fill(path, owned));
      // It has written no files, and called no tool.
      expect(/files\/\*path|tool-calls/.test(path) ? [404] : [200, 202], `of ${path}`).toContain(status);
      if (text.includes(SECRET)) seen.push(path);
    }
    expect(seen.length).toBeGreaterThan(2);
  });

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
  it('may do with each scope what routes declare it for, and nothing with none', async () => {
    const routes = mountedRoutes(api).map(({ method, path }) => ({ method, path: fill(path, unknownParams()) }));
    const none = await api.newKey(api.accountId, []);
    const keys = await Promise.all(
      SCOPES.map(async (scope) => [scope, await api.newKey(api.accountId, [scope])] as const),
    );
    for (const { method, path } of routes) {
      const name = `${method} ${path}`;
      const refused = await api.call(method, path, { key: none });
      expect(problemIn(refused), `of ${name}`).toEqual(problem(403, 'missing_scope'));
      const may: string[] = [];
      for (const [scope, key] of keys) if ((await api.call(method, path, { key })).status !== 403) may.push(scope);
      expect(may, `of ${name}`).toEqual([refused.body['scope']]);
      // Who may only read makes and changes nothing; a token for what may be read anyway is nothing.
      const isReadOnly = method === 'GET' || path.endsWith('/tokens');
      expect(isReadOnly || may[0] !== 'missions:read', `of ${name}`).toBe(true);
    }
  });

  it('is needed for every route', async () => {
    for (const { method, path } of mountedRoutes(api)) {
      const answer = await api.call(method, fill(path, unknownParams()), { key: null });
      expect(problemIn(answer), `${method} ${path}`).toEqual(problem(401, 'unauthenticated'));
      expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
    }
  });
});
