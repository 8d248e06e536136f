import { setTimeout as sleep } from 'node:timers/promises';
import { API_KEYS_MAX, API_KEYS_OVER_KEPT, createId, SCOPES } from '@flotilla/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEventSource, waitFor } from '../../harness/index.ts';
import { type Api, fillKeys, problem, problemIn, startApi } from './fixture.ts';

const PAGE = 'https://app.example.com';

let api: Api;
beforeAll(async () => {
  api = await startApi(async (env) => ({ ...env, LOG_LEVEL: 'debug', CORS_ORIGINS: `${PAGE},http://localhost:3000` }));
});
afterAll(() => api[Symbol.asyncDispose]());

const make = (body: object, key = api.key) => api.call('POST', '/v1/api-keys', { key, body });
const isLetIn = async (key: string) => (await api.call('GET', '/v1/missions', { key })).status === 200;
const keyIn = (body: object) => ('key' in body && typeof body.key === 'string' ? body.key : '');

describe('API keys', () => {
  it('are shown once, when they are made, and do what their scopes say', async () => {
    const made = await make({ name: 'reader', scopes: ['missions:read'] });
    const key = keyIn(made.body);
    expect(made.status).toBe(201);
    const shown = {
      id: made.body.id,
      name: 'reader',
      prefix: key.slice(0, 16),
      scopes: ['missions:read'],
      createdAt: expect.any(String),
      expiresAt: null,
      revokedAt: null,
      lastUsedAt: null,
      replacedBy: null,
    };
    expect(made.body).toEqual({ ...shown, key });
    expect(await isLetIn(key)).toBe(true);
    expect((await api.call('POST', '/v1/missions', { key, body: { goal: 'x' } })).status).toBe(403);

    const listed = await api.call('GET', '/v1/api-keys?limit=1');
    expect(listed.body.data).toEqual([shown]);
    expect(listed.body['hasMore']).toBe(true);
    const next = await api.call('GET', `/v1/api-keys?limit=1&cursor=${listed.body.nextCursor}`);
    expect(next.body.data).not.toEqual(listed.body.data);
    expect(listed.text + next.text).not.toMatch(/fl_live_\w{8}_/);
    const stored = await api.sql.query('SELECT k::text AS row FROM api_keys k');
    expect(JSON.stringify(stored.rows)).not.toContain(key.slice(17, 40));
  });

  it('make no key that may do more than they', async () => {
    const admin = keyIn((await make({ name: 'admin', scopes: ['keys:admin', 'missions:read'] })).body);
    for (const scopes of [['missions:write'], ['missions:read', 'missions:write'], [...SCOPES]]) {
      const refused = await make({ name: 'more', scopes }, admin);
      expect(problemIn(refused)).toEqual(problem(403, 'missing_scope'));
      expect(refused.body['scope']).toContain('missions:write');
    }
    expect((await make({ name: 'less', scopes: ['missions:read'] }, admin)).status).toBe(201);
    // Nor by having such a one made anew, and shown.
    const all = (await make({ name: 'all', scopes: [...SCOPES] })).body.id;
    const rotated = await api.call('POST', `/v1/api-keys/${all}/rotate`, { key: admin });
    expect(problemIn(rotated)).toEqual(problem(403, 'missing_scope'));
    const listed = await api.call('GET', '/v1/api-keys?limit=100');
    expect(listed.body.data.filter(({ id, replacedBy }) => id === all && replacedBy === null)).toHaveLength(1);
  });

  it.each([
    [{ scopes: ['missions:read'] }],
    [{ name: '', scopes: ['missions:read'] }],
    [{ name: 'x', scopes: [] }],
    [{ name: 'x', scopes: ['everything'] }],
    [{ name: 'x', scopes: ['missions:read'], expiresAt: '2020-01-01T00:00:00Z' }],
    [{ name: 'x', scopes: ['missions:read'], expiresAt: 'tomorrow' }],
    [{ name: 'x', scopes: ['missions:read'], accountId: createId('account') }],
    [{ name: 'x\0', scopes: ['missions:read'] }],
  ])('are not made of %j', async (body) => {
    expect(problemIn(await make(body))).toEqual(problem(422, 'invalid_request'));
  });

  it('are of no use any more when their time is over', async () => {
    const expiresAt = new Date(Date.now() + 4_000).toISOString();
    const key = keyIn((await make({ name: 'short', scopes: ['missions:read'], expiresAt })).body);
    expect(await isLetIn(key)).toBe(true);
    await waitFor(async () => !(await isLetIn(key)), { what: 'the key to expire', timeoutMs: 10_000 });
  });

  it('go on for the overlap when they are rotated, and have one in their place, once', async () => {
    const old = await make({ name: 'rotated', scopes: ['missions:read'] });
    const rotate = (id: string, body?: object) => api.call('POST', `/v1/api-keys/${id}/rotate`, { body });
    const answers = await Promise.all([1, 2, 3].map(() => rotate(old.body.id, { overlapSeconds: 3_600 })));
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 409, 409]);
    const rotated = answers.find(({ status }) => status === 201)?.body ?? old.body;
    expect(rotated).toMatchObject({ name: 'rotated', scopes: ['missions:read'], expiresAt: null });
    const late = answers.filter(({ status }) => status === 409);
    expect(late.map(({ body }) => body['replacedBy'])).toEqual([rotated.id, rotated.id]);
    expect(await isLetIn(keyIn(old.body))).toBe(true);
    expect(await isLetIn(keyIn(rotated))).toBe(true);
    const { rows } = await api.sql.query<{ left: number }>(
      'SELECT extract(epoch FROM expires_at - now())::float8 AS left FROM api_keys WHERE id = $1',
      [old.body.id],
    );
    expect(rows[0]?.left).toBeGreaterThan(3_500);
    expect(rows[0]?.left).toBeLessThanOrEqual(3_600);

    const again = await rotate(rotated.id, { overlapSeconds: 0 });
    expect(again.status).toBe(201);
    await waitFor(async () => !(await isLetIn(keyIn(rotated))), { what: 'the overlap to end', timeoutMs: 10_000 });
    expect(await isLetIn(keyIn(again.body))).toBe(true);
    expect(problemIn(await rotate(createId('apiKey')))).toEqual(problem(404, 'not_found'));
    for (const overlapSeconds of [-1, 1.5, 10_000_000, '60']) {
      expect(problemIn(await rotate(again.body.id, { overlapSeconds }))).toEqual(problem(422, 'invalid_request'));
    }
  });

  it('are refused within five seconds of being revoked, in open streams and waiting requests too', async () => {
    const made = await make({ name: 'leaked', scopes: ['missions:read'] });
    const [id, key] = [made.body.id, keyIn(made.body)];
    const missionId = await api.post();
    const { token } = { token: '', ...(await api.call('POST', `/v1/missions/${missionId}/tokens`, { key })).body };
    const address = `${api.url}/v1/missions/${missionId}/events`;
    const streams = [
      await openEventSource(address, { authorization: `Bearer ${key}` }),
      await openEventSource(`${address}?token=${token}`, {}),
    ];
    const waiting = api.call('GET', `/v1/missions/${missionId}/result?wait=30`, { key });
    await sleep(200);
    const revokedAt = performance.now();
    expect((await api.call('DELETE', `/v1/api-keys/${id}`)).status).toBe(204);
    await Promise.all(streams.map(({ ended }) => ended));
    expect(problemIn(await waiting)).toEqual(problem(401, 'unauthenticated'));
    // Five seconds, and what a busy machine takes to look.
    expect(performance.now() - revokedAt).toBeLessThan(10_000);
    expect(await isLetIn(key)).toBe(false);
    expect((await openEventSource(`${address}?token=${token}`, {})).status).toBe(401);
    expect((await api.call('DELETE', `/v1/api-keys/${id}`)).status).toBe(204);
    expect(problemIn(await api.call('POST', `/v1/api-keys/${id}/rotate`))).toEqual(problem(404, 'not_found'));
  });

  it('are so many of an account, and leave no more behind than its list keeps', async () => {
    const { accountId, key } = await api.newAccount('collector');
    const another = () => make({ name: 'x', scopes: ['missions:read'] }, key);
    const [live, replaced] = [API_KEYS_MAX - 2, API_KEYS_MAX];
    await fillKeys(api, accountId, { revoked: API_KEYS_OVER_KEPT + 50, live, replaced });
    const { id } = (await another()).body;
    expect(problemIn(await another())).toEqual(problem(409, 'too_many_keys'));
    const rotate = (body: object) => api.call('POST', `/v1/api-keys/${id}/rotate`, { key, body });
    expect(problemIn(await rotate({ overlapSeconds: 60 }))).toEqual(problem(409, 'too_many_keys'));
    // Whoever has as many as there may be still can change one for another.
    const rotated = await rotate({ overlapSeconds: 0 });
    expect((await api.call('DELETE', `/v1/api-keys/${rotated.body.id}`, { key })).status).toBe(204);
    expect((await another()).status).toBe(201);
    const { rows } = await api.sql.query('SELECT FROM api_keys WHERE account_id = $1', [accountId]);
    expect(rows.length).toBeLessThanOrEqual(API_KEYS_OVER_KEPT + live + replaced + 3);
  });

  it('tell when they were last used, once their process has written it down', async () => {
    const second = await api.startProcess();
    const made = await make({ name: 'used', scopes: ['missions:read'] });
    const [id, key] = [made.body.id, keyIn(made.body)];
    const seen = await fetch(`${second.ready[1]}/v1/missions`, { headers: { authorization: `Bearer ${key}` } });
    expect(seen.status).toBe(200);
    expect((await second.stop()).code).toBe(0);
    const listed = await api.call('GET', '/v1/api-keys?limit=100');
    expect(listed.body.data.find((one) => one.id === id)).toMatchObject({ lastUsedAt: expect.any(String) });
  });
});

describe('a mission’s token', () => {
  async function mint(missionId: string, body?: object) {
    return { token: '', ...(await api.call('POST', `/v1/missions/${missionId}/tokens`, { body })).body };
  }

  it('opens its events and its result, and nothing else', async () => {
    const missionId = await api.post();
    const other = await api.post();
    const { token, ...more } = await mint(missionId);
    expect(more).toMatchObject({ missionId, expiresAt: expect.any(String) });
    const at = (path: string, key: string | null = null) => api.call('GET', path, { key });
    const of = (id: string) => `/v1/missions/${id}`;

    const stream = await openEventSource(`${api.url}${of(missionId)}/events?after=0&token=${token}`, {});
    await waitFor(() => stream.seen[0], { what: 'the first event' });
    stream.close();
    expect((await at(`${of(missionId)}/events?token=${token}`)).status).toBe(200);
    expect((await at(`${of(missionId)}/result?wait=0&token=${token}`)).status).toBe(202);

    for (const path of ['events', 'result']) {
      expect(problemIn(await at(`${of(other)}/${path}?token=${token}`))).toEqual(problem(404, 'not_found'));
      // Two credentials, of which two readers might see two.
      const both = await at(`${of(missionId)}/${path}?token=${token}`, api.key);
      expect(problemIn(both)).toEqual(problem(401, 'unauthenticated'));
      const twice = await at(`${of(missionId)}/${path}?token=${token}&token=${token}`);
      expect(problemIn(twice)).toEqual(problem(401, 'unauthenticated'));
    }
    for (const path of [of(missionId), `${of(missionId)}/steps`, '/v1/missions', '/v1/api-keys']) {
      expect(problemIn(await at(`${path}?token=${token}`))).toEqual(problem(401, 'unauthenticated'));
      expect(problemIn(await at(path, token))).toEqual(problem(401, 'unauthenticated'));
    }
    const cancel = await api.call('POST', `${of(missionId)}/cancel?token=${token}`, { key: null });
    expect(problemIn(cancel)).toEqual(problem(401, 'unauthenticated'));
  });

  it('is of no use when it was changed, made up, or taken from a sealed secret', async () => {
    const missionId = await api.post();
    const { token } = await mint(missionId);
    const { rows } = await api.sql.query<{ sealed: string }>('SELECT webhook_secret AS sealed FROM accounts LIMIT 1');
    const sealed = `fl_tok_${Buffer.from(rows[0]?.sealed ?? '').toString('base64url')}`;
    const middle = Math.floor(token.length / 2);
    const changed = `${token.slice(0, middle)}${token[middle] === 'A' ? 'B' : 'A'}${token.slice(middle + 1)}`;
    for (const wrong of ['', 'x', token.slice(0, -4), changed, sealed, `fl_tok_${'A'.repeat(200)}`]) {
      const answer = await api.call('GET', `/v1/missions/${missionId}/result?token=${wrong}`, { key: null });
      expect(problemIn(answer)).toEqual(problem(401, 'unauthenticated'));
    }
  });

  it('ends with its time, and its streams with it', async () => {
    const missionId = await api.post();
    for (const ttlSeconds of [0, 3_601, '60', 1.5]) {
      const answer = await api.call('POST', `/v1/missions/${missionId}/tokens`, { body: { ttlSeconds } });
      expect(problemIn(answer)).toEqual(problem(422, 'invalid_request'));
    }
    const { token } = await mint(missionId, { ttlSeconds: 4 });
    const address = `/v1/missions/${missionId}/events?token=${token}`;
    const stream = await openEventSource(`${api.url}${address}`, {});
    await waitFor(() => stream.seen[0], { what: 'the first event' });
    await stream.ended;
    expect(problemIn(await api.call('GET', address, { key: null }))).toEqual(problem(401, 'unauthenticated'));
  });

  it('is in no line of the log, and neither is a key that was made', async () => {
    const missionId = await api.post();
    const { token } = await mint(missionId);
    const made = await make({ name: 'unlogged', scopes: ['missions:read'] });
    const path = `/v1/missions/${missionId}/result`;
    const answers = [
      await api.call('GET', `${path}?token=${token}`, { key: null }),
      await api.call('GET', `${path}?token=${token}&token=${token}`, { key: null }),
      await api.call('GET', `${path}?token=${token}&unknown=1`, { key: null }),
      await api.call('GET', `/nowhere?token=${token}`, { key: null }),
    ];
    // An error that nobody foresaw.
    await api.sql.query('ALTER TABLE missions RENAME TO moved');
    answers.push(await api.call('GET', `${path}?token=${token}`, { key: null }));
    await api.sql.query('ALTER TABLE moved RENAME TO missions');
    expect(answers.map(({ status }) => status)).toEqual([202, 401, 422, 404, 500]);
    const last = answers.at(-1)?.body.requestId ?? '';
    await waitFor(() => api.process.output().includes(last), { what: 'the last line' });
    for (const hidden of [token.slice(7, 40), token.slice(-40), keyIn(made.body).slice(17, 40)]) {
      expect(hidden.length).toBeGreaterThan(20);
      expect(api.process.output()).not.toContain(hidden);
      expect(answers.map(({ text }) => text).join('')).not.toContain(hidden);
    }
  });
});

describe('a page of another origin', () => {
  const preflight = (origin: string, path = '/v1/missions') =>
    api.call('OPTIONS', path, {
      key: null,
      headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' },
    });

  it('that is on the list may ask and read, without a key in its preflight and never with credentials', async () => {
    const { status, headers } = await preflight(PAGE);
    expect(status).toBe(204);
    expect(Object.fromEntries(headers)).toMatchObject({
      'access-control-allow-origin': PAGE,
      'access-control-allow-methods': expect.stringContaining('POST'),
      'access-control-allow-headers': expect.stringContaining('Authorization'),
      vary: 'Origin',
    });
    expect(headers.has('access-control-allow-credentials')).toBe(false);
    const answers = [
      await api.call('GET', '/v1/missions', { headers: { origin: PAGE } }),
      await api.call('GET', '/v1/missions', { key: null, headers: { origin: PAGE } }),
      await api.call('GET', '/v1/nothing', { headers: { origin: 'http://localhost:3000' } }),
    ];
    expect(answers.map((answer) => [answer.status, answer.headers.get('access-control-allow-origin')])).toEqual([
      [200, PAGE],
      [401, PAGE],
      [404, 'http://localhost:3000'],
    ]);
    expect(answers[0]?.headers.get('access-control-expose-headers')).toContain('Retry-After');
  });

  it.each([
    'https://evil.example.com',
    'https://app.example.com.evil.com',
    'http://app.example.com',
    `${PAGE}:8443`,
    'null',
  ])('that is not on the list reads nothing: %s', async (origin) => {
    expect((await preflight(origin)).status).toBe(405);
    const answer = await api.call('GET', '/v1/missions', { headers: { origin } });
    expect(answer.status).toBe(200);
    expect(answer.headers.has('access-control-allow-origin')).toBe(false);
    expect(answer.headers.get('vary')).toBe('Origin');
  });
});
