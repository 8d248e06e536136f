import { describe, expect, it } from 'vitest';
import { hold, racePoint, setForNewConnections, waiters } from '../../harness/index.ts';
import { createFixture, type Fixture, parkFor, respond, resultOf } from '../db/fixture.ts';

type Run = { missionId: string; attempt: number };
type Db = Fixture['db'];

const release = { status: 'queued', code: 'draining', message: '', afterMs: 0, tries: 0 } as const;

/** Every write of a running mission, each waiting for its row while somebody else moves the mission on. */
const writes: [name: string, write: (db: Db, run: Run) => Promise<unknown>][] = [
  ['a response', (db, run) => db.steps.commitResponse({ ...run, ...respond(2, 0) })],
  ['the start of a tool call', (db, run) => db.steps.startToolCall({ ...run, step: 1, index: 0 })],
  ['a tool result', (db, run) => db.steps.commitToolResult({ ...run, ...resultOf(1, 1) })],
  [
    'a question whose answer is of no use',
    (db, run) => db.steps.commitUnusedCall({ ...run, step: 1, index: 0, number: 1, response: respond(1, 0).response }),
  ],
  ['a finish', (db, run) => db.lease.leave({ ...run, status: 'completed', output: 'stale' })],
  ['a failure', (db, run) => db.lease.leave({ ...run, status: 'failed', code: 'max_steps', message: 'stale' })],
  ['a release', (db, run) => db.lease.leave({ ...run, ...release })],
  ['a park', (db, run) => db.lease.leave({ ...run, ...parkFor({ step: 1 }) })],
];
const moves: [name: string, change: string][] = [
  ['was claimed by another', `attempt = attempt + 1`],
  ['was released', `status = 'queued', worker_id = NULL`],
];

async function rowsOf(f: Fixture): Promise<unknown> {
  const { rows } = await f.sql.query(
    `SELECT (SELECT jsonb_agg(to_jsonb(e) ORDER BY e.sequence) FROM mission_events e),
            (SELECT jsonb_agg(to_jsonb(s) ORDER BY s.number) FROM steps s),
            (SELECT jsonb_agg(to_jsonb(t) ORDER BY t.index) FROM tool_calls t),
            (SELECT jsonb_agg(to_jsonb(u) ORDER BY u.step_number) FROM usage_records u),
            (SELECT jsonb_agg(to_jsonb(d)) FROM deliveries d), (SELECT count(*) FROM answers), (SELECT count(*) FROM missions), (SELECT sum(running) FROM accounts)`,
  );
  return rows;
}

describe.each(writes)(`%s ${racePoint('write at its row')}`, (_, write) => {
  it.each(moves)('of a mission that meanwhile %s is fenced and leaves no trace', async (__, change) => {
    await using f = await createFixture();
    const { missionId, attempt } = await f.newRunning();
    await f.db.steps.commitResponse({ missionId, attempt, ...respond(1, 2) });
    const before = await rowsOf(f);
    await using row = await hold(f, `UPDATE missions SET ${change}`);
    const written = write(f.db, { missionId, attempt });
    await waiters(f, 1);
    await row.letGo();
    expect(await written).toBe('fenced');
    expect(await rowsOf(f)).toEqual(before);
  });
});

describe(`a move ${racePoint('write at its row')}`, () => {
  const done = `status = 'completed', output = 'done', worker_id = NULL, finished_at = now()`;

  it('of a mission that ended meanwhile is told so: a cancel', async () => {
    await using f = await createFixture();
    const { missionId } = await f.newRunning();
    await using row = await hold(f, `UPDATE missions SET ${done}`);
    const cancelled = f.db.missions.cancel(f.accountId, missionId);
    await waiters(f, 1);
    await row.letGo();
    expect(await cancelled).toEqual({ kind: 'ended', status: 'completed' });
    expect(await f.db.missions.read(f.accountId, missionId)).toMatchObject({ cancelRequestedAt: null });
  });

  it.each([
    ['paused', 'paused_at = now()'],
    ['put off', `run_after = now() + interval '1 hour'`],
    ['ended', `status = 'cancelled', finished_at = now()`],
  ])('of a mission that was %s meanwhile passes it by: a claim', async (_, change) => {
    await using f = await createFixture();
    const [missionId, workerId] = [await f.newMission(), await f.newWorker()];
    await using row = await hold(f, `UPDATE missions SET ${change}`);
    const claimed = f.db.lease.claim({ missionId, workerId });
    await waiters(f, 1);
    await row.letGo();
    expect(await claimed).toBe('not_ours');
    expect(await f.eventsOf(missionId)).toEqual(['1 mission.queued']);
  });

  it.each([
    ['a finish', { status: 'completed', output: 'too late' } as const],
    ['a release', release],
  ])('of a mission that was asked to stop meanwhile ends it as cancelled: %s', async (_, way) => {
    await using f = await createFixture();
    const { missionId, attempt } = await f.newRunning();
    await using row = await hold(f, `UPDATE missions SET cancel_requested_at = now()`);
    const left = f.db.lease.leave({ missionId, attempt, ...way });
    await waiters(f, 1);
    await row.letGo();
    expect(await left).toMatchObject({ status: 'cancelled', deliveryIds: [expect.any(String)] });
  });
});

describe('a response that repeats a step', () => {
  it('of an earlier attempt is fenced: only its own may be a reply that was lost', async () => {
    await using f = await createFixture();
    const { missionId, attempt } = await f.newRunning();
    await f.db.steps.commitResponse({ missionId, attempt, ...respond(1, 1) });
    await f.sql.query('UPDATE missions SET attempt = attempt + 1');
    expect(await f.db.steps.commitResponse({ missionId, attempt: attempt + 1, ...respond(1, 1) })).toBe('fenced');
  });
});

describe('a deadlock', () => {
  it('that Postgres breaks is not the caller’s to see, with nobody else in the batch either', async () => {
    await using f = await createFixture();
    // It is looked for once, so long after the wait began: the hand has to be in place by then.
    await setForNewConnections(f, 'deadlock_timeout = 3000');
    await using waiting = await f.openAnother();
    const [missionId, workerId] = [await f.newMission(), await f.newWorker()];
    // Against the order of locks, as a hand in the database may: the mission first, then its account.
    await using hand = await hold(f, 'SELECT FROM missions FOR UPDATE');
    const claimed = waiting.db.lease.claim({ missionId, workerId });
    await waiters(f, 1);
    await hand.lock('SELECT FROM accounts FOR UPDATE');
    await hand.letGo();
    expect(await claimed).toMatchObject({ attempt: 1 });
  });
});
