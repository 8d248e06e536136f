import { describe, expect, it } from 'vitest';
import { createFixture, type Fixture, parkFor } from './fixture.ts';

async function setLimit(f: Fixture, limit: number): Promise<void> {
  await f.sql.query('UPDATE accounts SET max_running = $1', [limit]);
}

async function runningOf(f: Fixture): Promise<{ counted: number; real: number }> {
  const { rows } = await f.sql.query<{ counted: number; real: number }>(
    `SELECT running AS counted, (SELECT count(*)::int FROM missions WHERE status = 'running') AS real FROM accounts`,
  );
  return rows[0] ?? { counted: -1, real: -1 };
}

describe('an account’s limit', () => {
  it('is exact when a hundred claims race for its ten slots, from two processes', async () => {
    await using f = await createFixture();
    await using other = await f.openAnother();
    await setLimit(f, 10);
    const [ids, workerId] = [await Promise.all(Array.from({ length: 100 }, () => f.newMission())), await f.newWorker()];
    const outcomes = await Promise.all(
      ids.map((missionId, index) => (index % 2 ? f.db : other.db).lease.claim({ missionId, workerId })),
    );
    expect(outcomes.filter((outcome) => outcome !== 'not_ours')).toHaveLength(10);
    expect(await runningOf(f)).toEqual({ counted: 10, real: 10 });
    const { rows } = await f.sql.query(`SELECT DISTINCT status_code FROM missions WHERE status = 'queued'`);
    expect(rows).toEqual([{ status_code: 'account_limit' }]);
  });

  it('holds nobody back for good: every slot that comes free wakes the next, until all have run', async () => {
    await using f = await createFixture();
    await using other = await f.openAnother();
    await setLimit(f, 3);
    const workerId = await f.newWorker();
    const waiting = await Promise.all(Array.from({ length: 40 }, () => f.newMission()));
    let done = 0;
    // Whoever is claimed leaves at once and wakes the next; nobody rings a second time but those who are woken.
    async function answer(missionId: string, db: Fixture['db']): Promise<void> {
      const claimed = await db.lease.claim({ missionId, workerId });
      if (claimed === 'not_ours') return;
      const left = await db.lease.leave({ missionId, attempt: claimed.attempt, status: 'completed', output: 'done' });
      done += 1;
      if (left === 'fenced' || !left.wakes) return;
      const woken = await db.lease.wake([left.accountId]);
      await Promise.all(woken.map((mission) => answer(mission.missionId, db)));
    }
    await Promise.all(waiting.map((missionId, index) => answer(missionId, index % 2 ? f.db : other.db)));
    expect(done).toBe(40);
    expect(await runningOf(f)).toEqual({ counted: 0, real: 0 });
  });

  it.each(['cancelled', 'paused'])('wakes another when the one that was woken is %s before it came', async (how) => {
    await using f = await createFixture();
    const { db, accountId } = f;
    await setLimit(f, 1);
    const running = await f.newRunning();
    const [woken, next, workerId] = [await f.newMission({ priority: 1 }), await f.newMission(), await f.newWorker()];
    for (const missionId of [woken, next]) await db.lease.claim({ missionId, workerId });
    await db.lease.leave({ ...running, status: 'completed', output: '' });
    expect(await db.lease.wake([accountId])).toMatchObject([{ missionId: woken }]);
    const outcome = await (how === 'paused'
      ? db.missions.pause(accountId, woken)
      : db.missions.cancel(accountId, woken));
    const end = outcome.kind === 'paused' ? outcome.makesWay : outcome.kind === 'cancelled' && outcome.end;
    if (!end) throw new Error('somebody else could have had its slot');
    expect((await db.missions.settle([end])).bells).toMatchObject([{ missionId: next }]);
  });

  it('spends no slot on a mission that would be turned away for another reason', async () => {
    await using f = await createFixture();
    const { db, accountId } = f;
    await setLimit(f, 1);
    const [sessionId, workerId] = [await f.newSession(), await f.newWorker()];
    await db.pools.create('closed');
    const earlier = await f.newMission({ sessionId, priority: 9 });
    await db.missions.pause(accountId, earlier);
    const [running, later] = [await f.newRunning(), await f.newMission({ sessionId, priority: 1 })];
    const closed = await f.newMission({ pool: 'closed', priority: 1 });
    for (const missionId of [later, closed]) await db.lease.claim({ missionId, workerId });
    await db.pools.setPaused({ name: 'closed', paused: true });
    await db.missions.resume(accountId, earlier);
    await db.lease.claim({ missionId: earlier, workerId });
    await db.lease.leave({ ...running, status: 'completed', output: '' });
    expect(await db.lease.wake([accountId])).toMatchObject([{ missionId: earlier }]);
  });

  it('that is raised leaves those who were turned away to the next sweep, as many as there is room for now', async () => {
    await using f = await createFixture();
    await setLimit(f, 1);
    const workerId = await f.newWorker();
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) ids.push(await f.newMission());
    for (const missionId of ids) await f.db.lease.claim({ missionId, workerId });
    expect((await f.db.sweep.takeDueMissions('default', 10)).bells).toEqual([]);
    const { accountId } = f;
    expect(await f.db.accounts.setLimits({ accountId, maxRunning: 3 })).toMatchObject({ maxRunning: 3 });
    expect((await f.db.sweep.takeDueMissions('default', 10)).bells).toHaveLength(2);
    expect(await f.db.accounts.setLimits({ accountId, maxQueued: 7 })).toEqual({ maxRunning: 3, maxQueued: 7 });
    expect(await f.db.accounts.setLimits({ accountId: 'acc_none', maxRunning: 3 })).toBeNull();
  });

  it('gives slots back when a worker dies, and counts a release and a cancel', async () => {
    await using f = await createFixture();
    const runs = await Promise.all([f.newRunning(), f.newRunning(), f.newRunning(), f.newRunning()]);
    expect(await runningOf(f)).toEqual({ counted: 4, real: 4 });
    const [dead, released, cancelled] = runs;
    await f.sql.query(`UPDATE workers SET lease_expires_at = now() WHERE id = $1`, [dead?.workerId]);
    await f.db.sweep.requeueOrphans();
    const back = { status: 'queued', code: 'draining', message: '', afterMs: 0, tries: 0 } as const;
    if (released) await f.db.lease.leave({ ...released, ...back });
    if (cancelled) {
      await f.db.missions.cancel(f.accountId, cancelled.missionId);
      await f.db.lease.leave({ ...cancelled, ...back });
    }
    expect(await runningOf(f)).toEqual({ counted: 1, real: 1 });
  });

  it('is set right by the sweep when a hand in the database has falsified the counter', async () => {
    await using f = await createFixture();
    await Promise.all([f.newRunning(), f.newRunning()]);
    expect(await f.db.sweep.repairCounters()).toEqual([]);
    await f.sql.query('UPDATE accounts SET running = 9');
    expect(await f.db.sweep.repairCounters()).toEqual([{ accountId: f.accountId, counted: 9, real: 2 }]);
    expect(await runningOf(f)).toEqual({ counted: 2, real: 2 });
  });

  it('gives the slot that a mission was rung for to the next when that is past its time instead', async () => {
    await using f = await createFixture();
    const { db, accountId } = f;
    await setLimit(f, 1);
    const running = await f.newRunning();
    const soon = new Date(Date.now() + 3_600_000);
    const woken = await f.newMission({ priority: 1, expiresAt: soon });
    const next = await f.newMission({ priority: 9 });
    for (const missionId of [woken, next]) await db.lease.claim({ missionId, workerId: running.workerId });
    await db.lease.leave({ ...running, status: 'completed', output: '' });
    expect(await db.lease.wake([accountId])).toMatchObject([{ missionId: woken }]);
    await f.sql.query('UPDATE missions SET expires_at = now() WHERE id = $1', [woken]);
    expect(await db.sweep.endOverdue()).toMatchObject([{ missionId: woken, wakes: true }]);
    expect(await db.lease.wake([accountId])).toMatchObject([{ missionId: next }]);
  });

  it('gives the slot that a child was rung for to the next when it is cancelled with its parent', async () => {
    await using f = await createFixture();
    const { db, accountId } = f;
    await setLimit(f, 1);
    const running = await f.newRunning();
    const next = await f.newMission({ priority: 9 });
    await db.lease.claim({ missionId: next, workerId: running.workerId });
    await db.lease.leave({ ...running, ...parkFor({ step: 1, asks: 0, children: 1 }) });
    const outcome = await db.missions.cancel(accountId, running.missionId);
    if (outcome.kind !== 'cancelled') throw new Error('it was waiting');
    expect((await db.missions.settle([outcome.end])).bells).toMatchObject([{ missionId: next }]);
  });

  it('is filled by the sweep with as many as there is room for, those just rung included', async () => {
    await using f = await createFixture();
    await setLimit(f, 1);
    const running = await f.newRunning();
    const turnedAway: string[] = [];
    for (let i = 0; i < 4; i++) turnedAway.push(await f.newMission());
    for (const missionId of turnedAway) await f.db.lease.claim({ missionId, workerId: running.workerId });
    await f.db.lease.leave({ ...running, status: 'completed', output: '' });
    await setLimit(f, 2);
    await f.sql.query('UPDATE missions SET rung_at = NULL');
    const [urgent, other] = [await f.newMission({ priority: 1 }), await f.newMission()];
    await f.sql.query('UPDATE missions SET rung_at = NULL WHERE id = ANY ($1)', [[urgent, other]]);
    const { bells } = await f.db.sweep.takeDueMissions('default', 10);
    expect(new Set(bells.map(({ missionId }) => missionId))).toEqual(new Set([urgent, turnedAway[0]]));
    expect(await f.db.sweep.takeDueMissions('default', 10)).toEqual({ bells: [], turnedAway: [] });
    expect(await f.db.missions.read(f.accountId, other)).toMatchObject({ statusReason: { code: 'account_limit' } });
    expect(await f.eventsOf(other)).toEqual(['1 mission.queued']);
  });

  it('keeps the sweep from ringing what it holds back', async () => {
    await using f = await createFixture();
    await setLimit(f, 1);
    await f.newRunning();
    const held = await f.newMission();
    expect(await f.db.lease.claim({ missionId: held, workerId: await f.newWorker() })).toBe('not_ours');
    await f.sql.query(`UPDATE missions SET rung_at = now() - interval '1 hour'`);
    expect((await f.db.sweep.takeDueMissions('default', 10)).bells).toEqual([]);
    await setLimit(f, 2);
    expect((await f.db.sweep.takeDueMissions('default', 10)).bells).toMatchObject([{ missionId: held }]);
  });
});
