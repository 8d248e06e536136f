import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEventSource, waiters, waitFor } from '../../harness/index.ts';
import { opsUrlOf } from '../ops/ops.ts';
import { scrape } from '../ops/scrape.ts';
import { type Answer, type Api, problem, problemIn, startApi } from './fixture.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi(async (env) => ({
    ...env,
    TRUST_PROXY: '1',
    ADDRESS_RATE_LIMIT: '1',
    KEY_RATE_LIMITS: 'free=1,paid=100000',
    ACCOUNT_RATE_LIMITS: 'free=2,paid=200000',
    STREAMS_PER_KEY: '2',
    STREAMS_PER_ACCOUNT: '3',
    STREAMS_MAX: '4',
    DATABASE_POOL_SIZE: '1',
    OPS_PORT: '0',
  }));
});
afterAll(() => api[Symbol.asyncDispose]());

let addresses = 0;
/** An address that has asked for nothing yet, as our one proxy names it. */
const newAddress = () => `10.1.${addresses >> 8}.${addresses++ & 255}`;

const get = (path: string, { from = newAddress(), key = api.key, url = api.url } = {}): Promise<Answer> =>
  url === api.url
    ? api.call('GET', path, { key, headers: { 'x-forwarded-for': from } })
    : fetch(`${url}${path}`, { headers: { authorization: `Bearer ${key}`, 'x-forwarded-for': from } }).then(
        async (response) => {
          const text = await response.text();
          return { status: response.status, headers: response.headers, text, body: JSON.parse(text) };
        },
      );

const secondsIn = (answer: Answer | undefined, header: string) => Number(answer?.headers.get(header));

describe('an address', () => {
  it('may ask so often, with or without a key, and is told what is left and when to come again', async () => {
    const from = newAddress();
    const first = await get('/v1/missions', { from, key: 'none' });
    expect(first.status).toBe(401);
    expect(first.headers.get('ratelimit-policy')).toBe('"address";q=10;w=10');
    expect(first.headers.get('ratelimit')).toBe('"address";r=9;t=1');
    const answers = await Promise.all(Array.from({ length: 30 }, () => get('/v1/missions', { from, key: 'none' })));
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(5);
    const [one] = refused;
    expect(one && problemIn(one)).toEqual(problem(429, 'too_many_requests'));
    expect(secondsIn(one, 'retry-after')).toBe(1);
    expect(one?.headers.get('ratelimit')).toBe('"address";r=0;t=1');
    // Others are not held up by it, and neither is who looks after the process.
    expect((await get('/v1/missions')).status).toBe(200);
    expect((await get('/healthz', { from })).status).toBe(200);
    await sleep(1_100);
    expect((await get('/v1/missions', { from })).status).toBe(200);
  });

  it('is the one our proxy saw, whatever a client writes into the header before it', async () => {
    const from = newAddress();
    const answers = await Promise.all(
      Array.from({ length: 30 }, () => get('/v1/missions', { from: `${newAddress()}, ${from}` })),
    );
    expect(answers.filter(({ status }) => status === 429).length).toBeGreaterThan(5);
  });

  it('is the connection’s own where no proxy is trusted', async () => {
    const bare = await api.startProcess({ TRUST_PROXY: '0' });
    const url = bare.ready[1] ?? '';
    const answers = await Promise.all(Array.from({ length: 30 }, () => get('/v1/missions', { url })));
    expect(answers.filter(({ status }) => status === 429).length).toBeGreaterThan(5);
    await bare.stop();
  });
});

describe('an API key', () => {
  async function freeKey(name: string): Promise<string> {
    const { accountId, key } = await api.newAccount(name);
    await api.sql.query("UPDATE accounts SET tier = 'free' WHERE id = $1", [accountId]);
    return key;
  }

  it('may be used as often as its account’s tier says, from wherever', async () => {
    const key = await freeKey('slow');
    const first = await get('/v1/missions', { key });
    expect(first.headers.get('ratelimit-policy')).toBe('"key";q=10;w=10');
    expect(first.headers.get('ratelimit')).toBe('"key";r=9;t=1');
    const answers = await Promise.all(Array.from({ length: 30 }, () => get('/v1/missions', { key })));
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(5);
    expect(refused[0] && problemIn(refused[0])).toEqual(problem(429, 'too_many_requests'));
    expect(secondsIn(refused[0], 'retry-after')).toBeGreaterThanOrEqual(1);
    expect((await get('/v1/missions')).headers.get('ratelimit-policy')).toBe('"key";q=1000000;w=10');
  });

  it('is one of an account’s, and many of them get no more than the account may', async () => {
    const { accountId, key } = await api.newAccount('many');
    await api.sql.query("UPDATE accounts SET tier = 'free' WHERE id = $1", [accountId]);
    const keys = [key, ...(await Promise.all([1, 2, 3].map(() => api.newKey(accountId))))];
    const answers = await Promise.all(
      keys.flatMap((one) => Array.from({ length: 10 }, () => get('/v1/missions', { key: one }))),
    );
    const refused = answers.filter(({ status }) => status === 429);
    // Twenty may come at once, and what has come back of them meanwhile.
    expect(refused.length).toBeGreaterThan(10);
    expect(refused[0] && problemIn(refused[0])).toEqual(problem(429, 'too_many_requests'));
    expect(refused.map(({ headers }) => headers.get('ratelimit-policy'))).toContain('"account";q=20;w=10');
  });

  it('shares its limit among all API processes, within a second or two', async () => {
    const key = await freeKey('shared');
    const other = await api.startProcess();
    const url = other.ready[1] ?? '';
    await Promise.all(Array.from({ length: 15 }, () => get('/v1/missions', { key })));
    await Promise.all(Array.from({ length: 5 }, () => get('/v1/missions', { key, url })));
    // Each has let through what it may; and now each knows of the other.
    await sleep(4_000);
    const answers = await Promise.all(
      Array.from({ length: 16 }, (_, index) => get('/v1/missions', { key, ...(index % 2 === 0 && { url }) })),
    );
    expect(answers.filter(({ status }) => status === 200).length).toBeLessThan(4);
    const { rows } = await api.sql.query<{ text: string }>('SELECT text FROM shared_documents');
    expect(rows.map(({ text }) => text).join('')).toMatch(/key_/);
    await other.stop();
  });
});

describe('requests that are held open', () => {
  const readers = async () => (await scrape(await opsUrlOf(api.process)))('flotilla_event_readers');

  it('are so many for a key, for an account and in all, and make room when they end', async () => {
    const missionId = await api.post();
    const another = await api.newKey(api.accountId);
    const stranger = await api.newAccount('stranger');
    const strangers = await api.call('POST', '/v1/missions', {
      key: stranger.key,
      body: { goal: 'x' },
      headers: { 'x-forwarded-for': newAddress() },
    });
    const open = (key: string, id = missionId) =>
      openEventSource(`${api.url}/v1/missions/${id}/events`, {
        authorization: `Bearer ${key}`,
        'x-forwarded-for': newAddress(),
      });
    const first = await open(api.key);
    const waiting = get(`/v1/missions/${missionId}/result?wait=20`);
    await waitFor(async () => (await readers()) === 2, { what: 'both to have their places' });
    expect(problemIn(await get(`/v1/missions/${missionId}/result?wait=1`))).toEqual(problem(429, 'too_many_streams'));
    const refused = await open(api.key);
    expect({ status: refused.status, again: refused.headers.get('retry-after') }).toEqual({ status: 429, again: '5' });
    const third = await open(another);
    expect(third.status).toBe(200);
    // A second key is no second account: there is a place left, for others.
    expect((await open(another)).status).toBe(429);
    const fourth = await open(stranger.key, strangers.body.id);
    expect(fourth.status).toBe(200);
    expect((await open(stranger.key, strangers.body.id)).status).toBe(503);
    // Who does not wait holds nothing.
    expect((await get(`/v1/missions/${missionId}/result`)).status).toBe(202);

    first.close();
    const next = await waitFor(
      async () => {
        const stream = await open(api.key);
        return stream.status === 200 ? stream : undefined;
      },
      { what: 'the place of a stream that was closed' },
    );
    next.close();
    third.close();
    fourth.close();
    await api.call('POST', `/v1/missions/${missionId}/cancel`, { headers: { 'x-forwarded-for': newAddress() } });
    expect((await waiting).status).toBe(200);
  });

  it('are none of those who hung up while they were looked for, also behind one another on a connection', async () => {
    const missionId = await api.post();
    const lock = new pg.Client({ connectionString: api.databaseUrl });
    await lock.connect();
    await lock.query('BEGIN');
    await lock.query('LOCK TABLE missions');
    const socket = connect(api.port, '127.0.0.1');
    await once(socket, 'connect');
    const asked = ['result?wait=20', 'events', 'events', 'result?wait=20'].map((what) => [
      `GET /v1/missions/${missionId}/${what} HTTP/1.1`,
      'Host: x',
      'Accept: text/event-stream',
      `Authorization: Bearer ${api.key}`,
      `X-Forwarded-For: ${newAddress()}`,
    ]);
    socket.write(asked.map((lines) => `${lines.join('\r\n')}\r\n\r\n`).join(''));
    // The first of them, for its mission.
    await waiters(api, 1);
    socket.destroy();
    await sleep(100);
    await lock.query('ROLLBACK');
    await lock.end();
    // The process has one connection to its database: when these are answered, so would those be that came before.
    const result = async () => (await get(`/v1/missions/${missionId}/result`)).status;
    for (let answered = 0; answered < asked.length; answered++) {
      await waitFor(async () => (await result()) === 202, { what: 'an answer from behind them' });
    }
    expect(await readers()).toBe(0);
    const open = () =>
      openEventSource(`${api.url}/v1/missions/${missionId}/events`, {
        authorization: `Bearer ${api.key}`,
        'x-forwarded-for': newAddress(),
      });
    const streams = [await open(), await open()];
    expect(streams.map(({ status }) => status)).toEqual([200, 200]);
    expect(await readers()).toBe(2);
    for (const { close } of streams) close();
  });
});

describe('a process that has too much to do', () => {
  it('says so at once, lives on, shows it, and takes requests again when it is over', async () => {
    const lock = new pg.Client({ connectionString: api.databaseUrl });
    await lock.connect();
    await lock.query('BEGIN');
    await lock.query('LOCK TABLE missions');
    // All of them want the one connection that the process has: few, but they wait for long.
    const asked = Array.from({ length: 3 }, () => get('/v1/missions'));
    const shed = await waitFor(
      async () => {
        await sleep(200);
        const another = get('/v1/missions');
        asked.push(another);
        const answer = await Promise.race([another, sleep(200)]);
        return answer?.body.code === 'overloaded' ? answer : undefined;
      },
      { what: 'requests to be turned away at once', timeoutMs: 30_000 },
    );
    expect(problemIn(shed)).toEqual(problem(503, 'overloaded'));
    expect(shed.headers.get('retry-after')).toBe('2');
    // Whoever would take work away is let in, to wait for the database like those before.
    const [cancel, pause] = ['cancel', 'pause'].map((verb) =>
      api.call('POST', `/v1/missions/mis_00000000000000000000000000000000/${verb}`, {
        headers: { 'x-forwarded-for': newAddress() },
      }),
    );
    expect((await get('/healthz')).status).toBe(200);
    expect((await get('/readyz')).body.checks).toMatchObject({ load: 'failed' });
    await lock.query('ROLLBACK');
    await lock.end();
    await Promise.all(asked);
    for (const answer of [await cancel, await pause]) expect(['not_found', 'unavailable']).toContain(answer?.body.code);
    await waitFor(async () => (await get('/v1/missions')).status === 200, { what: 'requests to be taken again' });
    await waitFor(async () => (await get('/readyz')).body.checks['load'] === 'ok', { what: 'readiness to say so' });
  });
});
