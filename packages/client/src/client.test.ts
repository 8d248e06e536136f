import { describe, expect, it } from 'vitest';
import { createClient } from './client.ts';
import { FlotillaError } from './errors.ts';
import { sleep } from './sleep.ts';
import { broken, json, problem, type Scene, scriptedFetch } from './testing/scripted-fetch.ts';

const KEY = 'fl_live_secretsecret';

/** A client on a script. Retries wait for real: scripts that are answered with few of them are quick. */
function play(scenes: readonly Scene[], options: { maxRetries?: number; timeoutMs?: number } = {}) {
  const { fetch, sent } = scriptedFetch(scenes);
  return { sent, client: createClient({ apiKey: KEY, baseUrl: 'https://api.example/base/', fetch, ...options }) };
}

const failureOf = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.unreachable('it succeeded'),
    (error: unknown) => error,
  );

describe('a call', () => {
  it('goes to its address with its key, its query and its body', async () => {
    const { client, sent } = play([json({ id: 'mis_1' }), json({ data: [], hasMore: false, nextCursor: null })]);
    await client.missions.create({ goal: 'x' });
    await client.missions.list({ limit: 5 }).page();
    expect(sent.map(({ method, url, body }) => ({ method, url, body }))).toEqual([
      { method: 'POST', url: 'https://api.example/base/v1/missions', body: { goal: 'x' } },
      { method: 'GET', url: 'https://api.example/base/v1/missions?limit=5', body: undefined },
    ]);
    expect(sent[0]?.headers.get('authorization')).toBe(`Bearer ${KEY}`);
    expect(sent[0]?.headers.get('content-type')).toBe('application/json');
  });

  it('has a browser’s token in its address, where the route takes any, and no key beside it', async () => {
    const { fetch, sent } = scriptedFetch([json({}), problem(401, 'unauthenticated'), broken]);
    const token = 'fl_tok_secretsecret';
    const client = createClient({ apiKey: token, baseUrl: 'https://api.example', fetch, maxRetries: 0 });
    await client.missions.result('a');
    const failures = [await failureOf(client.missions.get('a')), await failureOf(client.missions.result('a'))];
    expect(sent.map(({ url, headers }) => [url, headers.get('authorization')])).toEqual([
      [`https://api.example/v1/missions/a/result?token=${token}`, null],
      ['https://api.example/v1/missions/a', `Bearer ${token}`],
      [`https://api.example/v1/missions/a/result?token=${token}`, null],
    ]);
    expect(failures.map(String).join()).not.toContain('secret');
  });

  it('names nothing but what it was given: an id leads to no other address', async () => {
    const { client, sent } = play([json({})]);
    await client.missions.get('../keys?x=#');
    expect(sent[0]?.url).toBe('https://api.example/base/v1/missions/..%2Fkeys%3Fx%3D%23');
    for (const id of ['', '.', '..']) expect(await failureOf(client.missions.get(id))).toBeInstanceOf(TypeError);
    expect(sent).toHaveLength(1);
  });

  it('says nothing of what is not there: a cursor that is null is that of nothing yet', async () => {
    const { client, sent } = play([json({ data: [], hasMore: false, nextCursor: null, endCursor: null })]);
    const from: { limit: number; cursor?: string } = { limit: 5 };
    Object.assign(from, { cursor: null });
    await client.events.list(from).page();
    expect(sent[0]?.url).toBe('https://api.example/base/v1/events?limit=5');
  });

  it('that can be no request is no request, and no connection that failed', async () => {
    const { client, sent } = play([json({})]);
    const metadata: { [name: string]: never } = {};
    Object.assign(metadata, { metadata });
    expect(await failureOf(client.missions.create({ goal: 'x', metadata }))).toBeInstanceOf(TypeError);
    const create = client.missions.create({ goal: 'x' }, { idempotencyKey: 'order-€17' });
    expect(await failureOf(create)).toBeInstanceOf(TypeError);
    expect(sent).toHaveLength(0);
  });

  it('that is refused says why, in every way the API does', async () => {
    const { client } = play([problem(404, 'not_found')]);
    expect(await failureOf(client.missions.get('mis_1'))).toMatchObject({
      name: 'FlotillaError',
      message: 'not_found: the detail of not_found',
      code: 'not_found',
      status: 404,
      requestId: 'req_1',
      retryAfterMs: null,
      errors: [],
      problem: { title: 'x' },
    });
  });

  it('that met something else than the API says so, and shows no page of it', async () => {
    const { client } = play([() => new Response('<html>hello'), () => new Response('<html>', { status: 404 })]);
    expect(await failureOf(client.missions.get('a'))).toMatchObject({ code: 'invalid_response', status: 200 });
    expect(await failureOf(client.missions.get('a'))).toMatchObject({ code: 'invalid_response', status: 404 });
  });

  it('never shows its key: not in errors, not where the client is printed', async () => {
    const { client } = play([broken, problem(401, 'unauthenticated')], { maxRetries: 0 });
    for (const error of [await failureOf(client.missions.get('a')), await failureOf(client.missions.get('a'))]) {
      expect(error).toBeInstanceOf(FlotillaError);
      expect(
        [JSON.stringify(error), error instanceof Error ? [error.message, error.stack].join() : ''].join(),
      ).not.toContain('secret');
    }
    expect(JSON.stringify(client)).not.toContain('secret');
    expect(() => createClient({ apiKey: `${KEY}\n`, baseUrl: 'https://api.example' })).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining('secret') }),
    );
  });

  it.each(['', 'flotilla', 'ftp://x', 'https://user@x', 'https://x?y'])('needs an address: %o is none', (baseUrl) => {
    expect(() => createClient({ apiKey: KEY, baseUrl })).toThrow(TypeError);
  });
});

describe('a call that starts something', () => {
  it('is made again under one key, which is another for every call', async () => {
    const answered = json({ id: 'mis_1' });
    const { client, sent } = play([broken, problem(503, 'unavailable'), answered, answered]);
    await client.missions.create({ goal: 'x' });
    await client.missions.create({ goal: 'x' });
    const keys = sent.map(({ headers }) => headers.get('idempotency-key'));
    expect(keys.slice(0, 3)).toEqual([keys[0], keys[0], keys[0]]);
    expect(keys[0]).toMatch(/^[0-9a-f]{32}$/);
    expect(keys[3]).not.toBe(keys[0]);
  });

  it('is made under the key it is given, and also when its first try is still under way there', async () => {
    const { client, sent } = play([problem(409, 'idempotency_key_in_use', { 'retry-after': '0' }), json({ id: 'm' })]);
    await client.missions.create({ goal: 'x' }, { idempotencyKey: 'order-17' });
    expect(sent.map(({ headers }) => headers.get('idempotency-key'))).toEqual(['order-17', 'order-17']);
  });
});

describe('a call that deletes', () => {
  it('has done it, though the answer was lost and nothing is left to be deleted', async () => {
    const { client, sent } = play([broken, problem(404, 'not_found')]);
    expect(await client.missions.erase('a')).toBeUndefined();
    expect(sent).toHaveLength(2);
  });

  it.each([
    ['there was nothing to begin with', [problem(404, 'not_found')]],
    ['it was turned away before', [problem(429, 'too_many_requests'), problem(404, 'not_found')]],
    ['the API was too busy to look at it', [problem(503, 'overloaded'), problem(404, 'not_found')]],
    ['the page of a proxy says so', [broken, () => new Response('', { status: 404 })]],
  ])('has not, where %s', async (_, scenes) => {
    const { client } = play(scenes);
    expect(await failureOf(client.missions.erase('a'))).toMatchObject({ status: 404 });
  });

  it('may have, where the API broke off on the way', async () => {
    const { client } = play([problem(503, 'unavailable'), problem(404, 'not_found')]);
    expect(await client.missions.erase('a')).toBeUndefined();
  });
});

describe('a wait for the end', () => {
  it.each<[what: string, scene: Scene]>([
    ['asks it to come back in half a minute', problem(503, 'overloaded', { 'retry-after': '30' })],
    ['says nothing at all', 'never'],
  ])('is over when its time is, though the API %s', async (_, scene) => {
    const { client } = play(Array<Scene>(20).fill(scene));
    const startedAt = performance.now();
    const failure = await failureOf(client.missions.wait('mis_1', { timeoutMs: 100 }));
    // A second for the last answer, and what a busy machine takes.
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    expect(failure).toMatchObject({ code: 'timed_out', detail: expect.stringContaining('The mission mis_1') });
  });
});

describe('a call that is turned away', () => {
  it('is made again after the time the API asks for', async () => {
    const { client, sent } = play([problem(429, 'backlog_full', { 'retry-after': '1' }), json({})]);
    const startedAt = performance.now();
    await client.missions.get('a');
    expect(performance.now() - startedAt).toBeGreaterThan(990);
    expect(sent).toHaveLength(2);
  });

  it('tells its caller when it would have to wait for long, and when it was turned away too often', async () => {
    const { client, sent } = play([problem(429, 'backlog_full', { 'retry-after': '300' })]);
    expect(await failureOf(client.missions.get('a'))).toMatchObject({ status: 429, retryAfterMs: 300_000 });
    expect(sent).toHaveLength(1);
    const often = play([broken, broken], { maxRetries: 1 });
    expect(await failureOf(often.client.missions.get('a'))).toMatchObject({
      code: 'connection_failed',
      detail: 'GET /v1/missions/a: connect ECONNREFUSED',
    });
    expect(often.sent).toHaveLength(2);
  });

  it('is made again under its key, whatever it does, and not at all where the API takes none', async () => {
    const { client, sent } = play([problem(503, 'unavailable'), json({ id: 'a' })]);
    await client.missions.cancel('a');
    const keys = sent.map(({ headers }) => headers.get('idempotency-key'));
    expect(keys).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/), keys[0]]);

    const once = play([problem(503, 'unavailable'), problem(400, 'idempotency_key_not_taken')]);
    const body = { name: 'x', scopes: ['missions:read' as const] };
    expect(await failureOf(once.client.apiKeys.create(body))).toMatchObject({ status: 503 });
    expect(once.sent[0]?.headers.get('idempotency-key')).toBeNull();
    // What was asked for is not dropped without a word.
    const refused = once.client.apiKeys.create(body, { idempotencyKey: 'mine' });
    expect(await failureOf(refused)).toMatchObject({ code: 'idempotency_key_not_taken' });
    expect(once.sent[1]?.headers.get('idempotency-key')).toBe('mine');
    expect(once.sent).toHaveLength(2);
  });

  it.each([400, 401, 403, 404, 409, 410, 422, 500])('is not made again for what does not pass: %i', async (status) => {
    const { client, sent } = play([problem(status, 'some_code')]);
    expect(await failureOf(client.missions.create({ goal: 'x' }))).toMatchObject({ status });
    expect(sent).toHaveLength(1);
  });
});

describe('a call that takes too long', () => {
  it('is given up and made again, and then says so', async () => {
    const { client, sent } = play(['never', 'never'], { timeoutMs: 20, maxRetries: 1 });
    expect(await failureOf(client.missions.get('a'))).toMatchObject({ code: 'timed_out', status: null });
    expect(sent).toHaveLength(2);
  });

  it('may take as long as it likes, where its caller says so', async () => {
    const client = createClient({
      apiKey: KEY,
      baseUrl: 'https://api.example',
      maxRetries: 0,
      async fetch(_, init) {
        await sleep(30, init?.signal ?? undefined);
        return Response.json({ id: 'a' });
      },
    });
    expect(await client.missions.get('a', { timeoutMs: Number.POSITIVE_INFINITY })).toEqual({ id: 'a' });
  });

  it('ends with its signal, with the reason that was given, also between two tries', async () => {
    const reason = new Error('the page was left');
    // Asked to wait for long: the wait before a retry is drawn from 0 on, and might be over before the signal.
    const { client, sent } = play(['never', problem(503, 'unavailable', { 'retry-after': '30' })]);
    const controller = new AbortController();
    const call = client.missions.get('a', { signal: controller.signal });
    controller.abort(reason);
    expect(await failureOf(call)).toBe(reason);
    expect(await failureOf(client.missions.get('a', { signal: controller.signal }))).toBe(reason);
    expect(sent).toHaveLength(1);

    const second = new AbortController();
    const waiting = client.missions.get('a', { signal: second.signal });
    setTimeout(() => second.abort(reason), 5);
    expect(await failureOf(waiting)).toBe(reason);
    expect(sent).toHaveLength(2);
  });
});
