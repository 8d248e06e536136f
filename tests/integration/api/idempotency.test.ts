import { createId } from '@flotilla/core';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hold } from '../../harness/index.ts';
import { type Api, claim, commitStep, problem, problemIn, startApi } from './fixture.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api[Symbol.asyncDispose]());

const BODY = { goal: 'What is 2 + 2?', tags: ['b', 'a'], metadata: { z: '1', a: '2' } };

const post = (key: string, body: object = BODY, options: { path?: string; as?: string } = {}) =>
  api.call('POST', options.path ?? '/v1/missions', {
    body,
    headers: { 'idempotency-key': key },
    ...(options.as !== undefined && { key: options.as }),
  });

async function countMissions(): Promise<number> {
  const { rows } = await api.sql.query<{ count: number }>('SELECT count(*)::int AS count FROM missions');
  return rows[0]?.count ?? -1;
}

/** A mission that failed after a step. */
async function failed(): Promise<string> {
  const id = await api.post();
  const running = await claim(api, id);
  await commitStep(api, running, { number: 1, text: 'One.' });
  await api.db.lease.leave({ ...running, status: 'failed', code: 'provider_error', message: 'x' });
  return id;
}

describe('an Idempotency-Key', () => {
  it('gets the same answer again, to the letter, whatever has become of the mission', async () => {
    const first = await post('again');
    expect(first.status).toBe(202);
    expect(first.headers.get('idempotent-replayed')).toBeNull();
    await api.call('POST', `/v1/missions/${first.body.id}/cancel`);
    const before = await countMissions();
    const second = await post('"again"', { metadata: { a: '2', z: '1' }, tags: ['b', 'a'], goal: 'What is 2 + 2?' });
    expect(second.status).toBe(202);
    expect(second.text).toBe(first.text);
    expect(second.headers.get('location')).toBe(first.headers.get('location'));
    expect(second.headers.get('idempotent-replayed')).toBe('true');
    expect(await countMissions()).toBe(before);
  });

  it('is refused with another body, and for another mission', async () => {
    await post('other');
    expect(problemIn(await post('other', { goal: 'Another' }))).toEqual(problem(422, 'idempotency_key_reused'));
    const [one, two] = [await failed(), await failed()];
    expect((await post('retry', {}, { path: `/v1/missions/${one}/retry` })).status).toBe(202);
    expect(problemIn(await post('retry', {}, { path: `/v1/missions/${two}/retry` }))).toEqual(
      problem(422, 'idempotency_key_reused'),
    );
  });

  it('is its account’s and its route’s own', async () => {
    const stranger = await api.newAccount('stranger');
    const mine = await post('shared');
    const theirs = await post('shared', BODY, { as: stranger.key });
    const retried = await post('shared', {}, { path: `/v1/missions/${await failed()}/retry` });
    expect([mine, theirs, retried].map(({ status }) => status)).toEqual([202, 202, 202]);
    expect(new Set([mine, theirs, retried].map(({ body }) => body.id)).size).toBe(3);
    expect((await post('shared', BODY, { as: stranger.key })).body.id).toBe(theirs.body.id);
  });

  it('remembers what was done, not what was refused', async () => {
    expect((await post('mended', { goal: '' })).status).toBe(422);
    expect((await post('mended')).status).toBe(202);
  });

  it('answers again when the same request would be refused now', async () => {
    const { accountId, key } = await api.newAccount('full');
    const first = await post('full', BODY, { as: key });
    await api.sql.query('UPDATE accounts SET max_queued = 0 WHERE id = $1', [accountId]);
    expect((await post('full', BODY, { as: key })).text).toBe(first.text);
  });

  it.each(['retry', 'fork'])('makes one mission of a %s, and answers it as it first did', async (verb) => {
    const path = `/v1/missions/${await failed()}/${verb}`;
    const body = verb === 'fork' ? { step: 0 } : {};
    const before = await countMissions();
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => post(`many ${verb}`.replace(' ', '-'), body, { path })),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 202));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(answers.filter(({ headers }) => headers.get('idempotent-replayed') === null)).toHaveLength(1);
    expect(await countMissions()).toBe(before + 1);
    await claim(api, answers[0]?.body.id ?? '');
    expect((await post(`many-${verb}`, body, { path })).text).toBe(answers[0]?.text);
  });

  it('completes the answer to a retry whose API died before it gave one', async () => {
    const path = `/v1/missions/${await failed()}/retry`;
    const { body } = await post('unanswered', {}, { path });
    await api.sql.query(`UPDATE idempotency_records SET response = NULL WHERE key = 'unanswered'`);
    const [one, two] = [await post('unanswered', {}, { path }), await post('unanswered', {}, { path })];
    expect(one).toMatchObject({ status: 202, body: { id: body.id } });
    expect(two.text).toBe(one.text);
  });

  it('waits for the request with the same key that is being stored, and says so when that takes too long', async () => {
    await using client = await ownConnection();
    await using held = await hold(
      { sql: client.sql },
      `SELECT pg_advisory_xact_lock(hashtextextended('${api.accountId} POST /v1/missions held', 0))`,
    );
    const short = post('held');
    const long = await post('held');
    expect(problemIn(long)).toEqual(problem(409, 'idempotency_key_in_use'));
    expect(long.headers.get('retry-after')).toBe('1');
    expect((await short).status).toBe(409);
    const waiting = post('held');
    // Other requests do not wait with it.
    expect((await post('another')).status).toBe(202);
    await held.letGo();
    expect((await waiting).status).toBe(202);
  });

  it('is free again after a day, and what is over is deleted', async () => {
    const first = await post('old');
    await api.sql.query(`UPDATE idempotency_records SET expires_at = now() - interval '1 second' WHERE key = 'old'`);
    const second = await post('old', { goal: 'Something else' });
    expect(second.status).toBe(202);
    expect(second.body.id).not.toBe(first.body.id);
    const { rows } = await api.sql.query<{ hours: number }>(
      `SELECT extract(epoch FROM expires_at - created_at)::int / 3600 AS hours FROM idempotency_records WHERE key = 'old'`,
    );
    expect(rows).toEqual([{ hours: 24 }]);
    await api.sql.query(`UPDATE idempotency_records SET expires_at = now() WHERE key = 'old'`);
    expect(await api.db.sweep.forgetRecords()).toBe(1);
    expect(await api.db.sweep.forgetRecords()).toBe(0);
  });

  it.each(['', '""', 'a b', 'k'.repeat(256), '"a", "b"', 'clé'])(
    'is refused as %j, and stores nothing',
    async (key) => {
      const rows = await api.countRows();
      expect(problemIn(await post(key))).toEqual(problem(400, 'invalid_idempotency_key'));
      expect(await api.countRows()).toBe(rows);
    },
  );
});

describe('dedupe', () => {
  const deduped = (key: string, onConflict?: string) => ({
    ...BODY,
    dedupe: { key, ...(onConflict && { onConflict }) },
  });
  const plain = (body: object) => api.call('POST', '/v1/missions', { body });

  it('answers the unfinished mission with the same key, or refuses', async () => {
    const first = await plain(deduped('report'));
    expect(first.status).toBe(202);
    const again = await plain(deduped('report'));
    expect(again).toMatchObject({ status: 200, body: { id: first.body.id, goal: BODY.goal, status: 'queued' } });
    const refused = await plain(deduped('report', 'reject'));
    expect(problemIn(refused)).toEqual(problem(409, 'duplicate_mission'));
    expect(refused.body['missionId']).toBe(first.body.id);
    const running = await claim(api, first.body.id);
    expect((await plain(deduped('report'))).body).toMatchObject({ id: first.body.id, status: 'running' });
    await api.db.lease.leave({ ...running, status: 'completed', output: 'x' });
    const next = await plain(deduped('report', 'reject'));
    expect(next.status).toBe(202);
    expect(next.body.id).not.toBe(first.body.id);
  });

  it('is the account’s own', async () => {
    const { key } = await api.newAccount('deduped');
    const first = await plain(deduped('mine'));
    const theirs = await api.call('POST', '/v1/missions', { key, body: deduped('mine', 'reject') });
    expect(theirs.status).toBe(202);
    expect(theirs.body.id).not.toBe(first.body.id);
  });

  it('answers what it first did to a request with an Idempotency-Key, also when that mission has ended', async () => {
    const first = await plain(deduped('both'));
    const second = await post('both', deduped('both'));
    expect(second).toMatchObject({ status: 200, body: { id: first.body.id } });
    await api.call('POST', `/v1/missions/${first.body.id}/cancel`);
    const third = await post('both', deduped('both'));
    expect(third.text).toBe(second.text);
    expect(third.headers.get('idempotent-replayed')).toBe('true');
  });

  it('answers all of many at once with one Idempotency-Key by the mission that is there', async () => {
    const first = await plain(deduped('crowd'));
    const answers = await Promise.all(Array.from({ length: 12 }, () => post('crowd', deduped('crowd'))));
    expect(answers.map(({ status, body }) => [status, body.id])).toEqual(answers.map(() => [200, first.body.id]));
    // As another process would that came to it a moment later.
    const record = {
      accountId: api.accountId,
      route: 'POST /v1/missions',
      key: 'crowd',
      fingerprint: 'f',
      status: 200,
    };
    expect(await api.db.records.write({ ...record, response: {}, missionId: first.body.id })).toBe(false);
  });

  it('leaves one mission of many at once, whichever process they come to', async () => {
    for (const onConflict of ['return_existing', 'reject']) {
      const key = `storm ${onConflict}`;
      const before = await countMissions();
      const [answers, others] = await Promise.all([
        Promise.all(Array.from({ length: 10 }, () => plain(deduped(key, onConflict)))),
        // As another process would.
        Promise.all(Array.from({ length: 10 }, () => storeDeduped(key))),
      ]);
      expect(await countMissions()).toBe(before + 1);
      const made = [
        ...answers.filter(({ status }) => status === 202),
        ...others.filter(({ kind }) => kind === 'created'),
      ];
      expect(made).toHaveLength(1);
      const told = answers.filter(({ status }) => status !== 202);
      expect(told.map(({ status }) => status)).toEqual(told.map(() => (onConflict === 'reject' ? 409 : 200)));
      const { rows } = await api.sql.query<{ id: string }>('SELECT id FROM missions WHERE dedupe_key = $1', [key]);
      expect(new Set(answers.map(({ body }) => body['missionId'] ?? body.id))).toEqual(new Set([rows[0]?.id]));
    }
  });

  it.each([
    [{ key: '' }, '/dedupe/key'],
    [{ key: 'a\0' }, '/dedupe/key'],
    [{ key: 'k'.repeat(256) }, '/dedupe/key'],
    [{ key: 'a', onConflict: 'replace' }, '/dedupe/onConflict'],
    [{ key: 'a', scope: 'x' }, '/dedupe/scope'],
    [{}, '/dedupe/key'],
  ])('refuses %j', async (dedupe, path) => {
    const answer = await plain({ ...BODY, dedupe });
    expect(problemIn(answer)).toEqual(problem(422, 'invalid_request'));
    expect(answer.body.errors.map((error) => error.path)).toContain(path);
  });
});

function storeDeduped(dedupeKey: string) {
  const limits = { maxSteps: 1, maxOutputTokens: 1 };
  const spec = { goal: 'x', model: 'sim/demo', instructions: null, tools: [], modelOptions: {}, limits };
  const { accountId } = api;
  const own = { id: createId('mission'), accountId, spec, dedupeKey, pool: 'default', priority: 5 };
  return api.db.missions.createOnce({ mission: { ...own, tags: [], metadata: {}, endpointId: null }, record: null });
}

async function ownConnection() {
  const sql = new pg.Client({ connectionString: api.databaseUrl });
  await sql.connect();
  return { sql, [Symbol.asyncDispose]: () => sql.end() };
}
