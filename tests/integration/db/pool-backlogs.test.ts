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

const many = (count: number, make: () => Promise<unknown>) => Promise.all(Array.from({ length: count }, make));

describe('the figures that scale a pool', () => {
  it('are numbers from the first moment, for every pool, with nothing to do and nobody there', async () => {
    await using f = await createFixture();
    await f.db.pools.create('gpu');
    const nothing = { due: 0, runnable: 0, running: 0, oldestDueMs: 0, workers: 0, slots: 0, desiredWorkers: 0 };
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
    expect(held).toMatchObject({ due: 1, runnable: 0, desiredWorkers: 0 });
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
