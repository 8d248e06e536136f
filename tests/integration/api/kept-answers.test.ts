import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../../harness/index.ts';
import { type Api, claim, problem, problemIn, RECEIVER_URL, startApi } from './fixture.ts';
import { makeEndpoint } from './webhook-steps.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api[Symbol.asyncDispose]());

const send = (key: string, route: string, body?: object) => {
  const [method = '', path = ''] = route.split(' ');
  return api.call(method, path, { ...(body && { body }), headers: { 'idempotency-key': key } });
};
const post = (key: string, path: string, body?: object) => send(key, `POST ${path}`, body);

async function count(table: string): Promise<number> {
  const { rows } = await api.sql.query<{ count: number }>(`SELECT count(*)::int AS count FROM ${table}`);
  return rows[0]?.count ?? -1;
}

async function failed(): Promise<string> {
  const id = await api.post();
  await api.db.lease.leave({ ...(await claim(api, id)), status: 'failed', code: 'provider_error', message: 'x' });
  return id;
}

/** The answer to a request, and to the same one sent again. */
async function twice(key: string, route: string, body?: object) {
  const first = await send(key, route, body);
  const second = await send(key, route, body);
  expect(first.status).toBeLessThan(300);
  expect(first.headers.get('idempotent-replayed')).toBeNull();
  expect({ status: second.status, text: second.text }).toEqual({ status: first.status, text: first.text });
  expect(second.headers.get('idempotent-replayed')).toBe('true');
  expect(second.headers.get('location')).toBe(first.headers.get('location'));
  return first;
}

describe('an Idempotency-Key on whatever makes, starts or changes something', () => {
  it('retries missions in bulk once, again or not', async () => {
    await failed();
    await failed();
    const before = await count('missions');
    const { body } = await twice('bulk', 'POST /v1/bulk-actions', { action: 'retry', filter: {}, again: true });
    expect(body['done']).toBe(2);
    expect(await count('missions')).toBe(before + 2);
  });

  it('makes one session, however many ask for it at once', async () => {
    const before = await count('sessions');
    const answers = await Promise.all(Array.from({ length: 8 }, () => post('session', '/v1/sessions', {})));
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(answers[0]?.status).toBe(201);
    expect(answers.filter(({ headers }) => headers.get('idempotent-replayed') === null)).toHaveLength(1);
    expect(await count('sessions')).toBe(before + 1);
  });

  it('makes one webhook endpoint and one new secret, and keeps neither in plain text', async () => {
    const before = await count('webhook_endpoints');
    const made = await twice('endpoint', 'POST /v1/webhook-endpoints', { url: RECEIVER_URL });
    expect(await count('webhook_endpoints')).toBe(before + 1);
    const path = `/v1/webhook-endpoints/${made.body.id}`;
    const rotated = await twice('rotation', `POST ${path}/rotate-secret`, {});
    expect(rotated.body['secret']).not.toBe(made.body['secret']);
    const { rows } = await api.sql.query(`SELECT response::text FROM idempotency_records`);
    for (const { body } of [made, rotated]) {
      expect(String(body['secret'])).toMatch(/^whsec_.{40}/);
      expect(JSON.stringify(rows)).not.toContain(String(body['secret']).slice(6));
    }
    await twice('change', `PATCH ${path}`, { description: 'ours' });
  });

  it('gives the first answer again where the same request would be refused now', async () => {
    const mission = `/v1/missions/${await api.post()}`;
    await twice('hold', `POST ${mission}/pause`);
    await twice('go', `POST ${mission}/resume`);
    await twice('token', `POST ${mission}/tokens`, { ttlSeconds: 60 });
    await twice('end', `POST ${mission}/cancel`);
    const endpoint = await makeEndpoint(api);
    const deliveries = await count('deliveries');
    await twice('test', `POST /v1/webhook-endpoints/${endpoint.id}/test`);
    expect(await count('deliveries')).toBe(deliveries + 1);
  });

  it('remembers nothing of what was refused, and is refused itself with another body', async () => {
    const bad = { url: 'http://127.0.0.1/' };
    expect(problemIn(await post('mended', '/v1/webhook-endpoints', bad))).toEqual(problem(422, 'url_not_allowed'));
    expect((await post('mended', '/v1/webhook-endpoints', { url: RECEIVER_URL })).status).toBe(201);
    const other = await post('mended', '/v1/webhook-endpoints', { url: RECEIVER_URL, description: 'other' });
    expect(problemIn(other)).toEqual(problem(422, 'idempotency_key_reused'));
  });

  it('waits for the request that is under way, and never does again what broke off', async () => {
    const first = await post('broken', '/v1/sessions', {});
    const before = await count('sessions');
    await api.sql.query(`UPDATE idempotency_records SET status = NULL WHERE key = 'broken'`);
    const waiting = post('broken', '/v1/sessions', {});
    expect(problemIn(await post('broken', '/v1/sessions', {}))).toEqual(problem(409, 'idempotency_key_in_use'));
    expect((await waiting).status).toBe(409);
    const later = post('broken', '/v1/sessions', {});
    await api.sql.query(`UPDATE idempotency_records SET status = 201 WHERE key = 'broken'`);
    expect((await later).text).toBe(first.text);

    await api.sql.query(
      `UPDATE idempotency_records SET status = NULL, created_at = now() - interval '6 minutes' WHERE key = 'broken'`,
    );
    const forsaken = await post('broken', '/v1/sessions', {});
    expect(problemIn(forsaken)).toEqual(problem(409, 'idempotency_outcome_unknown'));
    expect(await count('sessions')).toBe(before);
  });

  it('is kept where the database fails in the middle, and says at once that nobody knows what was done', async () => {
    await api.sql.query('ALTER TABLE sessions RENAME TO moved');
    expect((await post('unknown', '/v1/sessions', {})).status).toBe(500);
    await api.sql.query('ALTER TABLE moved RENAME TO sessions');
    const { rows } = await api.sql.query(`SELECT status FROM idempotency_records WHERE key = 'unknown'`);
    expect(rows).toEqual([{ status: null }]);
    const before = await count('sessions');
    const again = await post('unknown', '/v1/sessions', {});
    expect(problemIn(again)).toEqual(problem(409, 'idempotency_outcome_unknown'));
    expect(await count('sessions')).toBe(before);
  });

  it('carries out what may be done twice, once the database that failed in the middle is back', async () => {
    const mission = `/v1/missions/${await api.post()}`;
    await api.sql.query(`
      CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not now'; END $$;
      CREATE TRIGGER refuse BEFORE DELETE ON idempotency_records FOR EACH ROW EXECUTE FUNCTION refuse();
      ALTER TABLE missions RENAME TO moved`);
    const broken = await Promise.all(['pause', 'cancel'].map((verb) => post(verb, `${mission}/${verb}`)));
    expect(broken.map(({ status }) => status)).toEqual([500, 500]);
    await api.sql.query(`
      ALTER TABLE moved RENAME TO missions;
      DROP TRIGGER refuse ON idempotency_records;
      DROP FUNCTION refuse`);
    for (const verb of ['pause', 'cancel']) {
      const { status, headers } = await post(verb, `${mission}/${verb}`);
      expect([status, headers.get('idempotent-replayed')]).toEqual([200, null]);
    }
  });

  it('goes with the mission that its answer is about', async () => {
    const id = await api.post();
    await post('erased', `/v1/missions/${id}/cancel`);
    const kept = async () =>
      (await api.sql.query(`SELECT FROM idempotency_records WHERE key = 'erased'`)).rowCount ?? -1;
    await waitFor(async () => (await kept()) === 1, { what: 'the answer to be kept' });
    expect((await api.call('DELETE', `/v1/missions/${id}`)).status).toBe(204);
    expect(await kept()).toBe(0);
  });
});

describe('a route that takes no Idempotency-Key', () => {
  it('says so, and does nothing', async () => {
    const before = await count('api_keys');
    const refused = await post('key', '/v1/api-keys', { name: 'x', scopes: ['missions:read'] });
    expect(problemIn(refused)).toEqual(problem(400, 'idempotency_key_not_taken'));
    expect(await count('api_keys')).toBe(before);
  });

  it('is one that makes or rotates API keys: every other POST and PATCH takes one', async () => {
    const { paths } = JSON.parse((await api.call('GET', '/openapi.json', { key: null })).text);
    const without = Object.entries<Record<string, { parameters: { name: string }[] }>>(paths).flatMap(
      ([path, methods]) =>
        ['post', 'patch']
          .filter((method) => methods[method]?.parameters.every(({ name }) => name !== 'Idempotency-Key'))
          .map((method) => `${method} ${path}`),
    );
    expect(without.toSorted()).toEqual(['post /v1/api-keys', 'post /v1/api-keys/{keyId}/rotate']);
  });
});
