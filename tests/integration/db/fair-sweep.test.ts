import { describe, expect, it } from 'vitest';
import { hold, waiters } from '../../harness/index.ts';
import { createFixture, type Fixture } from './fixture.ts';

const LOST = `UPDATE missions SET run_after = now() - interval '1 minute', rung_at = now() - interval '1 minute'`;

/** An account that may run two, with so many missions whose bells are lost, and behind them one of another's. */
async function createCrowd(count: number) {
  const f = await createFixture();
  await f.sql.query('UPDATE accounts SET max_running = 2');
  const other = await f.db.accounts.create({ name: 'other', tier: 'free', maxRunning: 2, webhookSecret: '' });
  const crowd = await Promise.all(Array.from({ length: count }, () => f.newMission({ priority: 4 })));
  const behind = await f.newMission({ accountId: other.id, endpointId: null });
  await f.sql.query(LOST);
  return Object.assign(f, { crowd, behind });
}

const codesOf = async (f: Fixture) =>
  (
    await f.sql.query(
      `SELECT status_code AS code, count(*)::int FROM missions WHERE status = 'queued' GROUP BY 1 ORDER BY 1`,
    )
  ).rows;

describe('a sweep over missions that no claim has turned away yet', () => {
  it('rings of an account what it has room for, holds back the rest, and rings whoever lies behind them', async () => {
    await using f = await createCrowd(20);
    const { bells, turnedAway } = await f.db.sweep.takeDueMissions('default', 5);
    expect(bells).toHaveLength(3);
    expect(bells).toContainEqual(expect.objectContaining({ missionId: f.behind, rings: 2 }));
    expect(turnedAway.toSorted()).toEqual(f.crowd.toSorted());
    expect(await codesOf(f)).toEqual([
      { code: 'account_limit', count: 20 },
      { code: null, count: 1 },
    ]);
    expect(await f.db.sweep.takeDueMissions('default', 5)).toEqual({ bells: [], turnedAway: [] });
  });

  it('holds back as well what has come due and was never rung for it, though the queue is full', async () => {
    await using f = await createCrowd(20);
    await f.sql.query('UPDATE missions SET rung_at = NULL');
    const { bells } = await f.db.sweep.takeDueMissions('default', 0);
    expect(bells).toHaveLength(3);
    expect(bells).toContainEqual(expect.objectContaining({ missionId: f.behind }));
    expect(await f.db.sweep.takeDueMissions('default', 0)).toEqual({ bells: [], turnedAway: [] });
  });

  it('neither marks nor limits an account that has room for all of its own', async () => {
    await using f = await createCrowd(2);
    const { bells, turnedAway } = await f.db.sweep.takeDueMissions('default', 5);
    expect([bells.length, turnedAway]).toEqual([3, []]);
    expect(await codesOf(f)).toEqual([{ code: null, count: 3 }]);
  });

  it('rings those whose moment has come in the same way, and of a lost crowd no more with every look', async () => {
    await using f = await createCrowd(20);
    const take = (missionIds: string[]) => f.db.sweep.takeUnrung(missionIds);
    expect(await take([...f.crowd.slice(0, 10), f.behind])).toHaveLength(3);
    expect(await take(f.crowd.slice(10))).toEqual([]);
    expect(await codesOf(f)).toMatchObject([{ code: 'account_limit', count: 20 }, { code: null }]);
  });

  it('leaves a mission that waits for its session to its claim, and gives it nobody’s place', async () => {
    await using f = await createCrowd(2);
    const sessionId = await f.newSession();
    const first = await f.newMission({ sessionId, startAt: new Date(Date.now() + 3_600_000) });
    const second = await f.newMission({ sessionId });
    await f.sql.query(LOST);
    await f.sql.query('UPDATE accounts SET max_running = 3');
    expect(await f.db.sweep.takeUnrung([...f.crowd, first, second])).toHaveLength(4);
    expect(await codesOf(f)).not.toContainEqual(expect.objectContaining({ code: 'account_limit' }));
  });

  it('counts what was claimed while it waited for the account', async () => {
    await using f = await createCrowd(20);
    await using account = await hold(f, `UPDATE accounts SET running = 2 WHERE id = '${f.accountId}'`);
    const taken = f.db.sweep.takeDueMissions('default', 5);
    await waiters(f, 1);
    await account.letGo();
    expect((await taken).bells).toMatchObject([{ missionId: f.behind }]);
  });

  it.each([
    ['paused', `paused_at = now(), status_code = 'paused'`],
    ['put off', `run_after = now() + interval '1 hour', status_code = 'retry_backoff'`],
    ['rung', 'rung_at = now()'],
  ])('leaves alone what was %s while it waited for the account', async (_, change) => {
    await using f = await createCrowd(3);
    const [changed = '', ...others] = f.crowd;
    await using account = await hold(f, `SELECT FROM accounts WHERE id = '${f.accountId}' FOR UPDATE`);
    const taken = f.db.sweep.takeDueMissions('default', 5);
    await waiters(f, 1);
    await f.sql.query(`UPDATE missions SET ${change} WHERE id = $1`, [changed]);
    const read = () =>
      f.sql.query('SELECT status_code, rings, rung_at, status_at FROM missions WHERE id = $1', [changed]);
    const { rows: before } = await read();
    await account.letGo();
    const { bells, turnedAway } = await taken;
    expect(turnedAway.toSorted()).toEqual(others.toSorted());
    expect(bells).not.toContainEqual(expect.objectContaining({ missionId: changed }));
    expect((await read()).rows).toEqual(before);
  });

  it('loses nobody: each slot that comes free wakes the next, never more than the limit at once, until all have run', async () => {
    await using f = await createCrowd(40);
    await using another = await f.openAnother();
    const workerId = await f.newWorker();
    let done = 0;
    async function answer(missionId: string, db: Fixture['db']): Promise<void> {
      const claimed = await db.lease.claim({ missionId, workerId });
      if (claimed === 'not_ours') return;
      const { rows } = await f.sql.query<{ most: number }>(
        `SELECT max(count)::int AS most FROM (
           SELECT count(*) FROM missions WHERE status = 'running' GROUP BY account_id) running`,
      );
      expect(rows[0]?.most).toBeLessThanOrEqual(2);
      const left = await db.lease.leave({ missionId, attempt: claimed.attempt, status: 'completed', output: '' });
      done += 1;
      if (left === 'fenced' || !left.wakes) return;
      const woken = await db.lease.wake([left.accountId]);
      await Promise.all(woken.map((bell) => answer(bell.missionId, db)));
    }
    // Rung by one sweep, and after that by nobody but who frees a slot.
    const { bells } = await f.db.sweep.takeDueMissions('default', 5);
    expect(bells).toHaveLength(3);
    await Promise.all(bells.map(({ missionId }, index) => answer(missionId, index % 2 ? f.db : another.db)));
    expect(done).toBe(41);
    expect(await f.db.sweep.repairCounters()).toEqual([]);
  });
});
