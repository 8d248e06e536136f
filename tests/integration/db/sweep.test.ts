import { SWEEP_BATCH_ROWS, WORKER_DEATHS_AT_MOST, WORKER_DEATHS_UNTIL_POISONED } from '@flotilla/core';
import { describe, expect, it } from 'vitest';
import { createFixture, type Fixture, respond } from './fixture.ts';

async function killWorker(f: Fixture, workerId: string): Promise<void> {
  await f.sql.query(`UPDATE workers SET lease_expires_at = now() - interval '1 second' WHERE id = $1`, [workerId]);
}

async function runAgain(f: Fixture, missionId: string) {
  const workerId = await f.newWorker();
  const claimed = await f.db.lease.claim({ missionId, workerId });
  if (claimed === 'not_ours') throw new Error('not claimable');
  return { missionId, workerId, attempt: claimed.attempt };
}

describe('missions of dead workers', () => {
  it('go back to the queue; those of the living stay', async () => {
    await using f = await createFixture();
    const [dead, living] = [await f.newRunning(), await f.newRunning()];
    await killWorker(f, dead.workerId);
    expect(await f.db.sweep.requeueOrphans()).toMatchObject([
      { missionId: dead.missionId, status: 'queued', rings: 2 },
    ]);
    expect(await f.statusOf(living.missionId)).toBe('running');
    expect(await f.db.sweep.requeueOrphans()).toEqual([]);
    expect(await f.db.missions.read(f.accountId, dead.missionId)).toMatchObject({
      statusReason: { code: 'no_worker' },
    });
  });

  it('end as poisoned after several deaths without a step, and a step in between starts the count anew', async () => {
    await using f = await createFixture();
    let run = await f.newRunning();
    for (let death = 1; death < WORKER_DEATHS_UNTIL_POISONED; death++) {
      await killWorker(f, run.workerId);
      expect(await f.db.sweep.requeueOrphans()).toMatchObject([{ status: 'queued' }]);
      run = await runAgain(f, run.missionId);
    }
    await f.db.steps.commitResponse({ ...run, ...respond(1, 1) });
    for (let death = 1; death < WORKER_DEATHS_UNTIL_POISONED; death++) {
      await killWorker(f, run.workerId);
      expect(await f.db.sweep.requeueOrphans()).toMatchObject([{ status: 'queued' }]);
      run = await runAgain(f, run.missionId);
    }
    await killWorker(f, run.workerId);
    expect(await f.db.sweep.requeueOrphans()).toMatchObject([{ status: 'failed', deliveryIds: [expect.any(String)] }]);
    expect(await f.db.missions.read(f.accountId, run.missionId)).toMatchObject({ statusReason: { code: 'poisoned' } });
  });

  it('have the benefit of the doubt while other workers die as well, and not for ever', async () => {
    await using f = await createFixture();
    let run = await f.newRunning();
    for (let death = 1; death <= WORKER_DEATHS_AT_MOST; death++) {
      const bystander = await f.newWorker();
      await f.sql.query('UPDATE workers SET lease_expires_at = now() WHERE id = ANY($1)', [[bystander, run.workerId]]);
      const [orphan] = await f.db.sweep.requeueOrphans();
      expect({ death, status: orphan?.status }).toEqual({
        death,
        status: death < WORKER_DEATHS_AT_MOST ? 'queued' : 'failed',
      });
      if (death < WORKER_DEATHS_AT_MOST) run = await runAgain(f, run.missionId);
    }
    expect(await f.db.missions.read(f.accountId, run.missionId)).toMatchObject({
      statusReason: {
        code: 'poisoned',
        message: `${WORKER_DEATHS_AT_MOST} workers died with it without a step in between`,
      },
    });
  });

  it('are not excused by a worker that died before they ran, nor by one that was told to end', async () => {
    await using f = await createFixture();
    const missionId = await f.newMission();
    await f.sql.query('UPDATE missions SET worker_deaths = 2 WHERE id = $1', [missionId]);
    await killWorker(f, await f.newWorker());
    const { workerId } = await runAgain(f, missionId);
    await f.db.lease.stop(await f.newWorker());
    await f.sql.query('UPDATE workers SET lease_expires_at = now() WHERE id = $1', [workerId]);
    expect(await f.db.sweep.requeueOrphans()).toMatchObject([{ missionId, status: 'failed', code: 'poisoned' }]);
  });

  it('run as the only suspect on their worker once they have seen two deaths, so that no neighbour is condemned', async () => {
    await using f = await createFixture();
    const ids = await Promise.all([f.newMission(), f.newMission(), f.newMission()]);
    // One of the three kills its worker every time; nobody knows which.
    for (let death = 1; death <= 2; death++) {
      const workerId = await f.newWorker();
      const claims = await Promise.all(ids.map((missionId) => f.db.lease.claim({ missionId, workerId })));
      expect(claims).not.toContain('not_ours');
      await killWorker(f, workerId);
      await f.db.sweep.requeueOrphans();
    }
    const workerId = await f.newWorker();
    const [guilty, ...innocent] = await Promise.all(ids.map((missionId) => f.db.lease.claim({ missionId, workerId })));
    const alone = [guilty, ...innocent].filter((claim) => claim !== 'not_ours' && claim !== undefined);
    expect(alone).toHaveLength(1);
    const fresh = await f.newMission();
    expect(await f.db.lease.claim({ missionId: fresh, workerId })).toMatchObject({ id: fresh });
    await killWorker(f, workerId);
    const orphans = await f.db.sweep.requeueOrphans();
    expect(orphans.map((orphan) => orphan.status).toSorted()).toEqual(['failed', 'queued']);
    expect((await f.sql.query(`SELECT id FROM missions WHERE status_code = 'poisoned'`)).rows).toEqual([
      { id: alone[0]?.id },
    ]);
  });

  it('stand in line as suspects no longer than the one before them takes to make progress', async () => {
    await using f = await createFixture();
    const ids = await Promise.all([f.newMission(), f.newMission(), f.newMission()]);
    await f.sql.query('UPDATE missions SET worker_deaths = 2');
    const workerId = await f.newWorker();
    const innocent = await f.newMission();
    const played: string[] = [];
    const besides: unknown[] = [];
    let next: string | undefined = ids[0];
    while (next !== undefined) {
      const claimed = await f.db.lease.claim({ missionId: next, workerId });
      if (claimed === 'not_ours') throw new Error('there should have been no suspect beside it');
      expect(claimed.isSuspect).toBe(true);
      played.push(next);
      const beside = ids.find((id) => !played.includes(id));
      if (beside) besides.push(await f.db.lease.claim({ missionId: beside, workerId }));
      await f.db.steps.commitResponse({ missionId: next, attempt: claimed.attempt, ...respond(1, 1) });
      const bells: { missionId: string }[] = await f.db.lease.wakeSuspect('default');
      next = bells[0]?.missionId;
    }
    expect(new Set(played)).toEqual(new Set(ids));
    expect(besides).toEqual(['not_ours', 'not_ours']);
    expect(await f.db.lease.claim({ missionId: innocent, workerId })).toMatchObject({ isSuspect: false });
  });

  it('leave a slot that the next of their account is woken for', async () => {
    await using f = await createFixture();
    await f.sql.query('UPDATE accounts SET max_running = 1');
    const [run, next] = [await f.newRunning(), await f.newMission()];
    expect(await f.db.lease.claim({ missionId: next, workerId: run.workerId })).toBe('not_ours');
    await f.db.missions.cancel(f.accountId, run.missionId);
    await killWorker(f, run.workerId);
    const orphans = await f.db.sweep.requeueOrphans();
    expect(orphans.map(({ accountId }) => accountId)).toEqual([f.accountId]);
    expect(await f.db.lease.wake([f.accountId])).toMatchObject([{ missionId: next }]);
  });

  it('end cancelled where a cancel was waiting for the dead worker', async () => {
    await using f = await createFixture();
    const run = await f.newRunning();
    await f.db.missions.cancel(f.accountId, run.missionId);
    await killWorker(f, run.workerId);
    expect(await f.db.sweep.requeueOrphans()).toMatchObject([
      { status: 'cancelled', deliveryIds: [expect.any(String)] },
    ]);
  });
});

describe('what is due', () => {
  it('is rung when its bell should have been answered by now, priority first, and then left alone for a while', async () => {
    await using f = await createFixture();
    const ids = [await f.newMission(), await f.newMission(), await f.newMission()];
    expect((await f.db.sweep.takeDueMissions('default', 10)).bells).toEqual([]);
    await f.sql.query(
      `UPDATE missions SET run_after = now() - interval '1 minute', rung_at = now() - interval '1 minute'`,
    );
    await f.sql.query(`UPDATE missions SET priority = 1 WHERE id = $1`, [ids[2]]);
    expect((await f.db.sweep.takeDueMissions('default', 1)).bells).toMatchObject([
      { missionId: ids[2], rings: 2, priority: 1 },
    ]);
    const rest = (await f.db.sweep.takeDueMissions('default', SWEEP_BATCH_ROWS)).bells;
    expect(rest.map((mission) => mission.missionId).toSorted()).toEqual(ids.slice(0, 2).toSorted());
    expect((await f.db.sweep.takeDueMissions('default', SWEEP_BATCH_ROWS)).bells).toEqual([]);
  });

  it('is not rung while it waits for its time, is paused, or belongs to another pool', async () => {
    await using f = await createFixture();
    await Promise.all([f.newMission(), f.newMission()]);
    await f.sql.query(`UPDATE missions SET rung_at = NULL, run_after = now() + interval '1 hour'`);
    expect((await f.db.sweep.takeDueMissions('default', 10)).bells).toEqual([]);
    await f.sql.query(`UPDATE missions SET run_after = now(), paused_at = now()`);
    expect((await f.db.sweep.takeDueMissions('default', 10)).bells).toEqual([]);
    await f.sql.query(`UPDATE missions SET paused_at = NULL`);
    expect((await f.db.sweep.takeDueMissions('other', 10)).bells).toEqual([]);
    expect((await f.db.sweep.takeDueMissions('default', 10)).bells).toHaveLength(2);
  });

  it('counts the slots of living workers', async () => {
    await using f = await createFixture();
    await f.newWorker();
    const dead = await f.newWorker();
    await killWorker(f, dead);
    expect(await f.db.sweep.countSlots()).toEqual([{ pool: 'default', slots: 4 }]);
  });

  it('is swept by one worker at a time', async () => {
    await using f = await createFixture();
    const workers = await Promise.all([f.newWorker(), f.newWorker(), f.newWorker()]);
    const beats = await Promise.all(workers.map((workerId) => f.db.lease.beat(workerId)));
    expect(beats.filter((beat) => beat.sweep !== null)).toHaveLength(1);
  });

  it('is left by a worker that is still at a sweep to the next heartbeat of another, with all there is to do', async () => {
    await using f = await createFixture();
    await killWorker(f, (await f.newRunning()).workerId);
    const [busy, free] = [await f.newWorker(), await f.newWorker()];
    for (const _ of [1, 2]) {
      expect(await f.db.lease.beat(busy, { takesTurn: false })).toMatchObject({ alive: true, sweep: null });
    }
    expect(await f.db.lease.beat(free, { takesTurn: true })).toMatchObject({ sweep: { orphans: true } });
  });
});

describe('a delivery', () => {
  async function owe(f: Fixture): Promise<string> {
    const run = await f.newRunning();
    const left = await f.db.lease.leave({ ...run, status: 'completed', output: 'done' });
    if (left === 'fenced' || !left.deliveryIds[0]) throw new Error('no delivery');
    return left.deliveryIds[0];
  }
  const attempt = { durationMs: 12, responseStatus: 500, responseBody: 'no', error: null, quietMs: null };

  it('is claimed by one, carries the mission’s end, and keeps its id from attempt to attempt', async () => {
    await using f = await createFixture();
    const deliveryId = await owe(f);
    const claims = await Promise.all([1, 2, 3].map(() => f.db.deliveries.claim(deliveryId)));
    const claimed = claims.filter((claim) => claim !== null);
    expect(claimed).toMatchObject([
      {
        id: deliveryId,
        accountId: f.accountId,
        attempt: 1,
        eventType: 'mission.completed',
        sealedSecrets: ['sealed'],
        mission: { output: 'done' },
      },
    ]);
    const sent = { deliveryId, url: claimed[0]?.url ?? '', ...attempt };
    const retry = { ...sent, attempt: 1, next: { kind: 'retry', afterMs: 0 } } as const;
    expect(await f.db.deliveries.record(retry)).not.toBeNull();
    expect(await f.db.deliveries.claim(deliveryId)).toMatchObject({ id: deliveryId, attempt: 2 });
    expect(await f.db.deliveries.record(retry)).toBeNull();
    const settled = { ...sent, attempt: 2, responseStatus: 200, next: { kind: 'delivered' } } as const;
    expect(await f.db.deliveries.record(settled)).not.toBeNull();
    expect(await f.db.deliveries.claim(deliveryId)).toBeNull();
    const { rows } = await f.sql.query('SELECT number, response_status FROM delivery_attempts ORDER BY number');
    expect(rows).toEqual([
      { number: 1, response_status: 500 },
      { number: 2, response_status: 200 },
    ]);
  });

  it('whose worker died with it in hand comes due again', async () => {
    await using f = await createFixture();
    const deliveryId = await owe(f);
    await f.db.deliveries.claim(deliveryId);
    expect(await f.db.sweep.takeDueDeliveries()).toEqual({ bells: [], taken: 0, passedBy: 0 });
    await f.sql.query(`UPDATE deliveries SET next_attempt_at = now(), rung_at = now() - interval '1 minute'`);
    expect(await f.db.sweep.takeDueDeliveries()).toEqual({ bells: [{ deliveryId, rings: 2 }], taken: 1, passedBy: 0 });
    expect(await f.db.deliveries.claim(deliveryId)).toMatchObject({ attempt: 2 });
  });

  it('is owed to every endpoint that subscribed to the event, and to none that vanished or was disabled', async () => {
    await using f = await createFixture();
    const insert = `INSERT INTO webhook_endpoints (id, account_id, url, event_types, disabled_at) VALUES ($1, $2, 'https://x.example', $3, $4)`;
    await f.sql.query(insert, ['whe_subscribed', f.accountId, ['mission.completed'], null]);
    await f.sql.query(insert, ['whe_other_event', f.accountId, ['mission.failed'], null]);
    await f.sql.query(insert, ['whe_disabled', f.accountId, ['mission.completed'], new Date()]);
    const run = await f.newRunning();
    await f.sql.query('DELETE FROM webhook_endpoints WHERE id = $1', [f.endpointId]);
    await f.db.lease.leave({ ...run, status: 'completed', output: 'done' });
    const { rows } = await f.sql.query('SELECT endpoint_id FROM deliveries');
    expect(rows).toEqual([{ endpoint_id: 'whe_subscribed' }]);
  });
});
