import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { hold, waiters } from '../../harness/index.ts';
import { record } from '../db/delivery-steps.ts';
import { createFixture, type Fixture } from '../db/fixture.ts';

/** Races that chance does not meet often enough: here the test decides who comes to a lock in which order. */
const ACCOUNT = 'SELECT FROM accounts FOR NO KEY UPDATE';
const finish = { status: 'completed', output: '' } as const;

type Run = { missionId: string; attempt: number };

async function leaveAndWake(db: Fixture['db'], { missionId, attempt }: Run): Promise<void> {
  const left = await db.lease.leave({ missionId, attempt, ...finish });
  if (left === 'fenced') throw new Error('fenced');
  if (left.wakes) await db.lease.wake([left.accountId]);
}

async function heldBack(f: Fixture): Promise<number | null> {
  return (await f.sql.query(`SELECT FROM missions WHERE status = 'queued' AND status_code = 'account_limit'`)).rowCount;
}

describe('a slot that comes free', () => {
  it('wakes somebody for every slot, also when a claim was turned away after the leave had begun', async () => {
    await using f = await createFixture();
    await using b = await f.openAnother();
    await using c = await f.openAnother();
    await f.sql.query('UPDATE accounts SET max_running = 2');
    const [one, two] = [await f.newRunning(), await f.newRunning()];
    const turnedAway = [await f.newMission(), await f.newMission()];
    const workerId = await f.newWorker();
    await using account = await hold(f, ACCOUNT);
    await using last = await hold(f, `SELECT FROM missions WHERE id = '${two.missionId}' FOR UPDATE`);
    const claims = Promise.all(turnedAway.map((missionId) => f.db.lease.claim({ missionId, workerId })));
    await waiters(f, 1);
    const first = leaveAndWake(b.db, one);
    await waiters(f, 2);
    const second = leaveAndWake(c.db, two);
    await waiters(f, 3);
    await account.letGo();
    expect(await claims).toEqual(['not_ours', 'not_ours']);
    // Mostly in the order in which they came. Where the second was quicker to the account, the first waits for it.
    await Promise.race([first, sleep(2_000)]);
    await last.letGo();
    await Promise.all([first, second]);
    expect(await heldBack(f)).toBe(0);
  });
});

describe('the only slot that comes free', () => {
  it('goes to the next, where the first is held by somebody', async () => {
    await using f = await createFixture();
    await f.sql.query('UPDATE accounts SET max_running = 1');
    const running = await f.newRunning();
    const [first, next, workerId] = [await f.newMission({ priority: 1 }), await f.newMission(), await f.newWorker()];
    for (const missionId of [first, next]) await f.db.lease.claim({ missionId, workerId });
    await f.db.lease.leave({ ...running, ...finish });
    await using _ = await hold(f, `SELECT FROM missions WHERE id = '${first}' FOR UPDATE`);
    expect(await f.db.lease.wake([f.accountId])).toMatchObject([{ missionId: next }]);
  });
});

describe('an account’s limit', () => {
  it('counts what was claimed while the claim waited for the account', async () => {
    await using f = await createFixture();
    const [missionId, workerId] = [await f.newMission(), await f.newWorker()];
    await using account = await hold(f, 'UPDATE accounts SET running = max_running');
    const claimed = f.db.lease.claim({ missionId, workerId });
    await waiters(f, 1);
    await account.letGo();
    expect(await claimed).toBe('not_ours');
    expect(await heldBack(f)).toBe(1);
  });

  it('wakes the next where somebody was turned away while the leave waited for the account', async () => {
    await using f = await createFixture();
    const { missionId, attempt } = await f.newRunning();
    await using account = await hold(f, 'UPDATE accounts SET held_back_at = now()');
    const left = f.db.lease.leave({ missionId, attempt, ...finish });
    await waiters(f, 1);
    await account.letGo();
    expect(await left).toMatchObject({ wakes: true });
  });
});

describe('a suspect', () => {
  it('is not claimed by a worker that runs another already', async () => {
    await using f = await createFixture();
    const [one, other, workerId] = [await f.newMission(), await f.newMission(), await f.newWorker()];
    await f.sql.query('UPDATE missions SET worker_deaths = 2');
    expect(await f.db.lease.claim({ missionId: one, workerId })).toMatchObject({ attempt: 1 });
    expect(await f.db.lease.claim({ missionId: other, workerId })).toBe('not_ours');
    expect(await f.db.lease.claim({ missionId: other, workerId: await f.newWorker() })).toMatchObject({ attempt: 1 });
  });
});

describe('a sweep', () => {
  const sweeps: [name: string, prepare: string, sweep: (db: Fixture['db'], accountId: string) => Promise<object[]>][] =
    [
      [
        'for the missions of dead workers',
        `UPDATE workers SET lease_expires_at = now() - interval '1 second'`,
        (db) => db.sweep.requeueOrphans(),
      ],
      [
        'for what is overdue',
        `UPDATE missions SET status = 'queued', worker_id = NULL, deadline_at = now()`,
        (db) => db.sweep.endOverdue(),
      ],
      [
        'for what is due',
        `UPDATE missions SET status = 'queued', worker_id = NULL, rung_at = NULL`,
        async (db) => (await db.sweep.takeDueMissions('default', 10)).bells,
      ],
      [
        'for who was held back',
        `UPDATE missions SET status = 'queued', worker_id = NULL, status_code = 'account_limit'`,
        (db, accountId) => db.lease.wake([accountId]),
      ],
    ];

  it.each(sweeps)('%s does not wait for one that somebody holds, and takes the others', async (_, prepare, sweep) => {
    await using f = await createFixture();
    const [held, free] = [await f.newRunning(), await f.newRunning()];
    await f.sql.query(prepare);
    await using row = await hold(f, `SELECT FROM missions WHERE id = '${held.missionId}' FOR UPDATE`);
    expect(await sweep(f.db, f.accountId)).toMatchObject([{ missionId: free.missionId }]);
    await row.letGo();
    expect(await sweep(f.db, f.accountId)).toMatchObject([{ missionId: held.missionId }]);
  });
});

describe('a delivery that is settled', () => {
  it('is not settled again by a repeated record', async () => {
    await using f = await createFixture();
    const { missionId, attempt } = await f.newRunning();
    const left = await f.db.lease.leave({ missionId, attempt, ...finish });
    const deliveryId = (left === 'fenced' ? [] : left.deliveryIds)[0] ?? '';
    await f.db.deliveries.claim(deliveryId);
    expect(await record(f, deliveryId)).not.toBeNull();
    expect(await record(f, deliveryId, { next: { kind: 'retry', afterMs: 0 } })).toBeNull();
    expect((await f.sql.query('SELECT status FROM deliveries')).rows).toEqual([{ status: 'delivered' }]);
  });
});

describe('a pause', () => {
  it('does not make a mission late that is resumed before its moment', async () => {
    await using f = await createFixture();
    const missionId = await f.newMission({ startAt: new Date(Date.now() + 3_600_000) });
    await f.db.missions.pause(f.accountId, missionId);
    expect(await f.db.missions.resume(f.accountId, missionId)).toEqual({ kind: 'resumed', bell: null });
    const shift = `interval '1 hour'`;
    await f.sql.query(`UPDATE missions SET run_after = run_after - ${shift}, rung_at = rung_at - ${shift}`);
    expect((await f.db.sweep.takeDueMissions('default', 10)).bells).toMatchObject([{ missionId }]);
  });
});
