import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, problem, problemIn, startApi } from './fixture.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api[Symbol.asyncDispose]());

const PATH = '/v1/missions/batch';
const batch = (missions: unknown, options: { as?: string; idempotencyKey?: string } = {}) =>
  api.call('POST', PATH, {
    body: { missions },
    ...(options.as !== undefined && { key: options.as }),
    ...(options.idempotencyKey !== undefined && { headers: { 'idempotency-key': options.idempotencyKey } }),
  });
const countMissions = async () =>
  (await api.sql.query<{ count: number }>('SELECT count(*)::int AS count FROM missions')).rows[0]?.count ?? -1;

/** A mission with a tool that takes so many arguments. */
function withProperties(count: number) {
  const properties = Object.fromEntries(Array.from({ length: count }, (_, number) => [`p${number}`, {}]));
  return { goal: 'x', tools: [{ name: 'wide', description: 'x', inputSchema: { type: 'object', properties } }] };
}

describe('POST /v1/missions/batch', () => {
  it('accepts what is good and refuses what is not, each in its place', async () => {
    const before = await countMissions();
    const { status, body } = await batch([
      { goal: 'one', tags: ['first'] },
      { goal: '' },
      { goal: 'two', model: 'no/such' },
      'a text',
      { goal: 'x'.repeat(100_001) },
      { goal: 'three', instructions: 'x'.repeat(100_000), metadata: { text: '\u{1f600}'.repeat(250) } },
      { goal: 'four', sessionId: 'ses_1' },
      { goal: 'five', startAt: new Date(Date.now() + 3_600_000).toISOString() },
    ]);
    expect(status).toBe(200);
    expect(body).toMatchObject({ accepted: 3, refused: 5 });
    expect(body.data.map((result) => result['status'])).toEqual([202, 422, 422, 422, 422, 202, 422, 202]);
    expect(body.data[1]).toMatchObject({
      problem: {
        status: 422,
        code: 'invalid_request',
        errors: [{ path: '/goal' }],
        type: 'urn:flotilla:problem:invalid_request',
      },
    });
    expect(body.data[2]).toMatchObject({ problem: { code: 'unknown_model' } });
    expect(await countMissions()).toBe(before + 3);
    const first = await api.call('GET', `/v1/missions/${body.data[0]?.id ?? ''}`);
    expect(first.body).toMatchObject({ goal: 'one', tags: ['first'], status: 'queued', statusReason: null });
    const later = await api.call('GET', `/v1/missions/${body.data[7]?.id ?? ''}`);
    expect(later.body).toMatchObject({ status: 'queued', statusReason: { code: 'delayed' } });
    const events = await api.call('GET', `/v1/missions/${body.data[5]?.id ?? ''}/events`);
    expect(events.body.data).toMatchObject([{ type: 'mission.queued' }]);
  });

  it('bounds each mission as if it came alone', async () => {
    const stage = { instructions: 'x'.repeat(90_000) };
    const { body } = await batch([{ goal: 'x', chain: [stage, stage, stage] }, { goal: 'x' }]);
    expect(body.data).toMatchObject([{ status: 413, problem: { code: 'body_too_large' } }, { status: 202 }]);

    // Beside its properties it has seven keys, so that this is the most there may be.
    const [most, tooMany] = [993, 994].map(withProperties);
    const post = (mission: unknown) => api.call('POST', '/v1/missions', { body: mission });
    const alone = await Promise.all([most, tooMany].map(post));
    expect(alone.map(({ status }) => status)).toEqual([202, 400]);
    const keys = await batch([most, tooMany]);
    expect(keys.body.data).toMatchObject([{ status: 202 }, { status: 400, problem: { code: 'body_too_many_keys' } }]);
  });

  it('takes a thousand missions, in one write', async () => {
    const { body } = await batch(Array.from({ length: 1_000 }, (_, number) => ({ goal: `mission ${number}` })));
    expect(body).toMatchObject({ accepted: 1_000, refused: 0 });
    const ids = body.data.map(({ id }) => id);
    const { rows } = await api.sql.query<{ id: string; goal: string; moments: number }>(
      `SELECT id, spec->>'goal' AS goal, (SELECT count(DISTINCT created_at)::int FROM missions WHERE id = ANY ($1)) AS moments
       FROM missions WHERE id = ANY ($1) ORDER BY array_position($1, id)`,
      [ids],
    );
    expect(rows.map(({ goal }) => goal)).toEqual(ids.map((_, number) => `mission ${number}`));
    expect(rows[0]?.moments).toBe(1);
  });

  it('takes as many as the backlog has room for, from the first on', async () => {
    const { accountId, key } = await api.newAccount('almost full');
    await api.sql.query('UPDATE accounts SET max_queued = 2 WHERE id = $1', [accountId]);
    const { body } = await batch([{ goal: 'a' }, { goal: '' }, { goal: 'b' }, { goal: 'c' }], { as: key });
    expect(body).toMatchObject({ accepted: 2, refused: 2 });
    expect(body.data).toMatchObject([
      { status: 202 },
      { status: 422 },
      { status: 202 },
      { status: 429, problem: { code: 'backlog_full' } },
    ]);
    const second = await batch([{ goal: 'd' }], { as: key });
    expect(second.body.data).toMatchObject([{ status: 429, problem: { code: 'backlog_full' } }]);
  });

  it('knows unfinished missions with the same dedupe key, before the batch and in it', async () => {
    const deduped = (key: string, onConflict: string) => ({ goal: 'x', dedupe: { key, onConflict } });
    const old = await api.post(deduped('old', 'reject'));
    const { body } = await batch([
      deduped('old', 'return_existing'),
      deduped('old', 'reject'),
      deduped('new', 'return_existing'),
      deduped('new', 'return_existing'),
      deduped('new', 'reject'),
    ]);
    const fresh = body.data[2]?.id;
    expect(body.data).toMatchObject([
      { status: 200, id: old },
      { status: 409, problem: { code: 'duplicate_mission', missionId: old } },
      { status: 202 },
      { status: 200, id: fresh },
      { status: 409, problem: { missionId: fresh } },
    ]);
  });

  it('is carried out once for an Idempotency-Key, however many ask at once', async () => {
    const missions = [{ goal: 'a' }, { goal: '' }, { goal: 'b', dedupe: { key: 'in a batch' } }];
    const before = await countMissions();
    const answers = await Promise.all(Array.from({ length: 6 }, () => batch(missions, { idempotencyKey: 'batch' })));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(answers.filter(({ headers }) => headers.get('idempotent-replayed') === null)).toHaveLength(1);
    expect(await countMissions()).toBe(before + 2);
    const other = await batch([{ goal: 'c' }], { idempotencyKey: 'batch' });
    expect(problemIn(other)).toEqual(problem(422, 'idempotency_key_reused'));
  });

  it('refuses a body that is too large before it is read, and one that is no batch', async () => {
    const rows = await api.countRows();
    const large = await api.call('POST', PATH, { raw: 'x', headers: { 'content-length': '8388609' } });
    expect(problemIn(large)).toEqual(problem(413, 'body_too_large'));
    const keys = Object.fromEntries(Array.from({ length: 100_001 }, (_, key) => [String(key), 1]));
    const many = await api.call('POST', PATH, { body: { missions: [keys] } });
    expect(problemIn(many)).toEqual(problem(400, 'body_too_many_keys'));
    for (const missions of [[], {}, undefined, Array.from({ length: 1_001 }, () => ({ goal: 'x' }))]) {
      expect(problemIn(await batch(missions))).toEqual(problem(422, 'invalid_request'));
    }
    expect(await api.countRows()).toBe(rows);
  });

  it('is for writers, and only POST', async () => {
    const reader = await api.newKey(api.accountId, ['missions:read']);
    expect(problemIn(await batch([{ goal: 'x' }], { as: reader }))).toEqual(problem(403, 'missing_scope'));
    expect(problemIn(await api.call('GET', PATH))).toEqual(problem(405, 'method_not_allowed'));
  });
});
