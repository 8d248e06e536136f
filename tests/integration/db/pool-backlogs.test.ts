import { createId } from '@flotilla/core';
import { describe, expect, it } from 'vitest';
import { createFixture, type Fixture } from './fixture.ts';

async function backlogOf(f: Fixture, pool = 'default') {
  await f.db.sweep.countPoolBacklogs();
  const found = (await f.db.pools.backlogs()).find((one) => one.pool === pool);
  if (!found) throw new Error(`no figures for ${pool}`);
  return found;
}

async function newAccount(f: Fixture, maxRunning: number): Promise<string> {
  const name = createId('account');
  return (await f.db.accounts.create({ name, tier: 'free', maxRunning, webhookSecret: 'sealed' })).id;
}

/** In seconds. */
const OLD = 600;

/** Whatever lies queued has been there for so long, and nothing has changed about it since. */
async function age(f: Fixture, seconds: number): Promise<void> {
  await f.sql.query(
    `UPDATE missions SET run_after = now() - $1 * interval '1 s', status_at = now() - $1 * interval '1 s'
     WHERE status = 'queued'`,
    [seconds],
  );
}

const many = (count: number, make: () => Promise<unknown>) => Promise.all(Array.from({ length: count }, make));

describe('the figures that scale a pool', () => {
  it('are numbers from the first moment, for every pool, with nothing to do and nobody there', async () => {
    await using f = await createFixture();
    await f.db.pools.create('gpu');
    const none = { due: 0, runnable: 0, running: 0, oldestDueMs: 0, oldestRunnableMs: 0 };
    const nothing = { ...none, workers: 0, slots: 0, desiredWorkers: 0 };
    expect(await f.db.pools.backlogs()).toEqual([
      { pool: 'default', ...nothing },
      { pool: 'gpu', ...nothing },
    ]);
  });

  it('ask for workers with room for all that runs and could run, rounded up', async () => {
    await using f = await createFixture();
    await f.newRunning();
    await many(8, () => f.newMission());
    // Four slots each: 9 missions need three.
    expect(await backlogOf(f)).toMatchObject({
      due: 8,
      runnable: 8,
      running: 1,
      workers: 1,
      slots: 4,
      desiredWorkers: 3,
    });
  });

  it('never buy workers for what an account may not run', async () => {
    await using f = await createFixture();
    await f.newWorker();
    const one = await newAccount(f, 1);
    await many(40, () => f.newMission({ accountId: one }));
    expect(await backlogOf(f)).toMatchObject({ due: 40, runnable: 1, desiredWorkers: 1 });
    await f.newRunning({ accountId: one, priority: 1 });
    expect(await backlogOf(f)).toMatchObject({ due: 40, runnable: 0, running: 1, desiredWorkers: 1 });
    await many(4, async () => f.newMission({ accountId: await newAccount(f, 3) }));
    expect(await backlogOf(f)).toMatchObject({ due: 44, runnable: 4, desiredWorkers: 2 });
  });

  it('see what one account may run behind what another may not, however deep that lies', async () => {
    await using f = await createFixture();
    await f.newRunning();
    await f.sql.query('UPDATE accounts SET max_running = 1');
    await many(30, () => f.newMission({ priority: 1 }));
    const [first, second] = [await newAccount(f, 100), await newAccount(f, 2)];
    await many(6, () => f.newMission({ accountId: first }));
    await many(5, () => f.newMission({ accountId: second }));
    await f.db.sweep.countPoolBacklogs(10);
    expect((await f.db.pools.backlogs())[0]).toMatchObject({ due: 10, runnable: 8, running: 1, desiredWorkers: 3 });
    // What is runnable is counted up to the same number: that is more than anyone has slots for.
    await many(6, () => f.newMission({ accountId: first }));
    await f.db.sweep.countPoolBacklogs(10);
    expect((await f.db.pools.backlogs())[0]).toMatchObject({ due: 10, runnable: 10 });
  });

  it('count what an account may run behind missions of a session that wait for each other', async () => {
    await using f = await createFixture();
    await many(12, () => f.newMission());
    const accountId = await newAccount(f, 3);
    const sessionId = createId('session');
    await f.sql.query('INSERT INTO sessions (id, account_id) VALUES ($1, $2)', [sessionId, accountId]);
    for (let at = 0; at < 5; at++) await f.newMission({ accountId, sessionId });
    await many(2, () => f.newMission({ accountId }));
    await f.sql.query('UPDATE accounts SET max_running = 1 WHERE id = $1', [f.accountId]);
    await f.db.sweep.countPoolBacklogs(10);
    expect((await f.db.pools.backlogs())[0]).toMatchObject({ due: 10, runnable: 1 + 3 });
  });

  it('say of an account at its limit how old its backlog is, and that none of it waits for a slot', async () => {
    await using f = await createFixture();
    await f.sql.query('UPDATE accounts SET max_running = 1');
    const running = await f.newRunning();
    await many(3, () => f.newMission());
    await age(f, OLD);
    const full = await backlogOf(f);
    expect(full).toMatchObject({ due: 3, runnable: 0, oldestRunnableMs: 0 });
    expect(full.oldestDueMs).toBeGreaterThanOrEqual(OLD * 1_000);

    // The slot that is free now is no older than that, whatever the mission is.
    await f.db.lease.leave({ ...running, status: 'completed', output: '' });
    const freed = await backlogOf(f);
    expect(freed).toMatchObject({ due: 3, runnable: 1 });
    expect(freed.oldestDueMs).toBeGreaterThanOrEqual(OLD * 1_000);
    expect(freed.oldestRunnableMs).toBeLessThan(OLD * 500);
    // Since when nobody has taken it.
    await f.sql.query(`UPDATE accounts SET room_since = now() - interval '${OLD / 2} s'`);
    expect((await backlogOf(f)).oldestRunnableMs).toBeGreaterThanOrEqual(OLD * 500);
  });

  it('count from when an account’s limit was raised, or its pause ended', async () => {
    await using f = await createFixture();
    await f.sql.query('UPDATE accounts SET max_running = 1');
    await f.newRunning();
    await f.newMission();
    await age(f, OLD);
    await f.db.accounts.setLimits({ accountId: f.accountId, maxRunning: 5 });
    const raised = await backlogOf(f);
    expect(raised.runnable).toBe(1);
    expect(raised.oldestRunnableMs).toBeLessThan(OLD * 500);

    await f.sql.query(`UPDATE accounts SET room_since = now() - interval '${OLD} s'`);
    expect((await backlogOf(f)).oldestRunnableMs).toBeGreaterThanOrEqual(OLD * 1_000);
    await f.db.switches.setAccountPaused({ account: f.accountId, paused: true });
    expect(await backlogOf(f)).toMatchObject({ due: 1, runnable: 0, oldestRunnableMs: 0 });
    await f.db.switches.setAccountPaused({ account: f.accountId, paused: false });
    const goesOn = await backlogOf(f);
    expect(goesOn.runnable).toBe(1);
    expect(goesOn.oldestRunnableMs).toBeLessThan(OLD * 500);
  });

  it('count from when the mission before it in its session ended, and from when it was resumed', async () => {
    await using f = await createFixture();
    const sessionId = await f.newSession();
    const running = await f.newRunning({ sessionId });
    const next = await f.newMission({ sessionId });
    await age(f, OLD);
    expect(await backlogOf(f)).toMatchObject({ due: 1, runnable: 0, oldestRunnableMs: 0 });
    await f.db.lease.leave({ ...running, status: 'completed', output: '' });
    const isNext = await backlogOf(f);
    expect(isNext.runnable).toBe(1);
    expect(isNext.oldestRunnableMs).toBeLessThan(OLD * 500);

    await f.sql.query(`UPDATE missions SET finished_at = now() - interval '${OLD} s' WHERE finished_at IS NOT NULL`);
    expect((await backlogOf(f)).oldestRunnableMs).toBeGreaterThanOrEqual(OLD * 1_000);
    await f.db.missions.pause(f.accountId, next);
    await age(f, OLD);
    await f.db.missions.resume(f.accountId, next);
    const resumed = await backlogOf(f);
    expect(resumed.runnable).toBe(1);
    expect(resumed.oldestRunnableMs).toBeLessThan(OLD * 500);
  });

  it('count one mission of a session, and none that is paused or not yet due', async () => {
    await using f = await createFixture();
    await f.newWorker();
    const sessionId = await f.newSession();
    await many(20, () => f.newMission({ sessionId }));
    const paused = await f.newMission();
    await f.db.missions.pause(f.accountId, paused);
    await f.newMission({ startAt: new Date(Date.now() + 60_000) });
    expect(await backlogOf(f)).toMatchObject({ due: 20, runnable: 1, desiredWorkers: 1 });
  });

  it('have nothing to run in a paused pool, while its backlog and its age stay in sight', async () => {
    await using f = await createFixture();
    const missionId = await f.newMission();
    await f.sql.query(`UPDATE missions SET run_after = now() - interval '90 s' WHERE id = $1`, [missionId]);
    await f.db.pools.setPaused({ name: 'default', paused: true });
    expect(await f.db.lease.claim({ missionId, workerId: await f.newWorker() })).toBe('not_ours');
    const { oldestDueMs, ...held } = await backlogOf(f);
    expect(held).toMatchObject({ due: 1, runnable: 0, oldestRunnableMs: 0, desiredWorkers: 0 });
    expect(oldestDueMs).toBeGreaterThanOrEqual(90_000);
    await f.db.pools.setPaused({ name: 'default', paused: false });
    expect(await backlogOf(f)).toMatchObject({ runnable: 1, desiredWorkers: 1 });
    expect(await f.db.lease.claim({ missionId, workerId: await f.newWorker() })).toMatchObject({ id: missionId });
  });

  it('are counted by whoever asks when no worker is left to count them, with the last one’s slots', async () => {
    await using f = await createFixture();
    await f.newWorker();
    await f.db.sweep.countPoolBacklogs();
    await f.sql.query('UPDATE workers SET lease_expires_at = now(), stopped_at = now()');
    await many(9, () => f.newMission());
    expect((await f.db.pools.backlogs())[0]).toMatchObject({ desiredWorkers: 0, workers: 1 });
    await f.sql.query(`UPDATE pool_backlogs SET counted_at = now() - interval '16 s'`);
    expect((await f.db.pools.backlogs())[0]).toMatchObject({ due: 9, workers: 0, slots: 0, desiredWorkers: 3 });
  });
});
