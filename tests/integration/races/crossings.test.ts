import { describe, expect, it } from 'vitest';
import { hold, racePoint, waiters } from '../../harness/index.ts';
import { createFixture, type Fixture, respond } from '../db/fixture.ts';

/** Two that mean the same mission and come at the same time, in an order that the test decides. */
const MISSION = 'SELECT FROM missions FOR UPDATE';
const END_LEASES = 'UPDATE workers SET lease_expires_at = now()';
const finish = { status: 'completed', output: '' } as const;

/** What the database holds of a mission's end: its events, and how many deliveries it owes. */
async function traceOf(f: Fixture, missionId: string) {
  const { rowCount } = await f.sql.query('SELECT FROM deliveries');
  return { events: await f.eventsOf(missionId), deliveries: rowCount };
}

describe(`bells for one mission, ${racePoint('two bells at the claim')},`, () => {
  it('start it once, and count it once', async () => {
    await using f = await createFixture();
    await using another = await f.openAnother();
    const [missionId, one, two] = [await f.newMission(), await f.newWorker(), await f.newWorker()];
    await using row = await hold(f, MISSION);
    const claims = [
      f.db.lease.claim({ missionId, workerId: one }),
      another.db.lease.claim({ missionId, workerId: two }),
    ];
    await waiters(f, 2);
    await row.letGo();
    const outcomes = await Promise.all(claims);
    expect(outcomes.filter((outcome) => outcome !== 'not_ours')).toMatchObject([{ attempt: 1 }]);
    expect(await f.eventsOf(missionId)).toEqual(['1 mission.queued', '2 mission.started']);
    expect((await f.sql.query('SELECT running FROM accounts')).rows).toEqual([{ running: 1 }]);
  });

  it('have numbers of their own: that of the sweep is not taken for that of the post', async () => {
    await using f = await createFixture();
    const missionId = await f.newMission();
    const { rows } = await f.sql.query<{ rings: number }>(
      `UPDATE missions SET rung_at = now() - interval '1 hour', run_after = now() - interval '1 hour' RETURNING rings`,
    );
    const [bell] = (await f.db.sweep.takeDueMissions('default', 10)).bells;
    expect(bell).toMatchObject({ missionId, rings: (rows[0]?.rings ?? 0) + 1 });
  });
});

describe(`a claim and a cancel, ${racePoint('claim beside a cancel')},`, () => {
  it('end with no attempt when the cancel comes first', async () => {
    await using f = await createFixture();
    await using another = await f.openAnother();
    const [missionId, workerId] = [await f.newMission(), await f.newWorker()];
    await using row = await hold(f, MISSION);
    const cancelled = f.db.missions.cancel(f.accountId, missionId);
    await waiters(f, 1);
    const claimed = another.db.lease.claim({ missionId, workerId });
    await waiters(f, 2);
    await row.letGo();
    expect([await cancelled, await claimed]).toMatchObject([{ kind: 'cancelled' }, 'not_ours']);
    expect(await traceOf(f, missionId)).toEqual({
      events: ['1 mission.queued', '2 mission.cancelled'],
      deliveries: 1,
    });
  });

  it('end with a worker that is told to stop when the claim comes first', async () => {
    await using f = await createFixture();
    await using another = await f.openAnother();
    const [missionId, workerId] = [await f.newMission(), await f.newWorker()];
    await using row = await hold(f, MISSION);
    const claimed = f.db.lease.claim({ missionId, workerId });
    await waiters(f, 1);
    const cancelled = another.db.missions.cancel(f.accountId, missionId);
    await waiters(f, 2);
    await row.letGo();
    expect([await claimed, await cancelled]).toMatchObject([{ attempt: 1 }, { kind: 'asked' }]);
    expect((await f.db.lease.beat(workerId)).toStop).toEqual([{ missionId, attempt: 1, reason: 'cancel' }]);
    expect(await f.db.lease.leave({ missionId, attempt: 1, ...finish })).toMatchObject({ status: 'cancelled' });
  });
});

describe(`two cancels, ${racePoint('cancelled twice at once')},`, () => {
  it('of a queued mission end it once', async () => {
    await using f = await createFixture();
    await using another = await f.openAnother();
    const missionId = await f.newMission();
    await using row = await hold(f, MISSION);
    const cancels = [f.db, another.db].map((db) => db.missions.cancel(f.accountId, missionId));
    await waiters(f, 2);
    await row.letGo();
    const kinds = (await Promise.all(cancels)).map(({ kind }) => kind);
    expect(kinds.toSorted()).toEqual(['cancelled', 'ended']);
    expect(await traceOf(f, missionId)).toEqual({
      events: ['1 mission.queued', '2 mission.cancelled'],
      deliveries: 1,
    });
  });

  it('of a running mission are both heard, and end it once', async () => {
    await using f = await createFixture();
    await using another = await f.openAnother();
    const { missionId, attempt } = await f.newRunning();
    await using row = await hold(f, MISSION);
    const cancels = [f.db, another.db].map((db) => db.missions.cancel(f.accountId, missionId));
    await waiters(f, 2);
    await row.letGo();
    expect(await Promise.all(cancels)).toEqual([{ kind: 'asked' }, { kind: 'asked' }]);
    await f.db.lease.leave({ missionId, attempt, ...finish });
    expect(await traceOf(f, missionId)).toEqual({
      events: ['1 mission.queued', '2 mission.started', '3 mission.cancelled'],
      deliveries: 1,
    });
  });
});

describe(`a lease that ends, ${racePoint('heartbeat beside the sweep')},`, () => {
  it('is not renewed by a heartbeat that was sent before, and comes after', async () => {
    await using f = await createFixture();
    const { workerId, missionId } = await f.newRunning();
    await using row = await hold(f, END_LEASES);
    const beat = f.db.lease.beat(workerId);
    await waiters(f, 1);
    await row.letGo();
    expect(await beat).toMatchObject({ alive: false, toStop: [] });
    expect(await f.db.sweep.requeueOrphans()).toMatchObject([{ missionId, status: 'queued' }]);
  });

  it('leaves a worker without its mission, whose heartbeat the sweep was too early to see', async () => {
    await using f = await createFixture();
    const { workerId, missionId, attempt } = await f.newRunning();
    await f.sql.query(END_LEASES);
    await using beat = await hold(f, `UPDATE workers SET lease_expires_at = now() + interval '12 seconds'`);
    expect(await f.db.sweep.requeueOrphans()).toMatchObject([{ missionId, status: 'queued' }]);
    await beat.letGo();
    expect(await f.db.lease.beat(workerId)).toMatchObject({ alive: true, running: 0 });
    expect(await f.db.steps.commitResponse({ missionId, attempt, ...respond(1, 0) })).toBe('fenced');
    expect(await f.db.lease.claim({ missionId, workerId: await f.newWorker() })).toMatchObject({ attempt: 2 });
    expect(await f.db.lease.leave({ missionId, attempt, ...finish })).toBe('fenced');
  });
});

describe(`a worker ${racePoint('zombie beats on')}`, () => {
  it('does not keep its successor’s missions from being taken over in their turn', async () => {
    await using f = await createFixture();
    const { workerId: zombie, missionId } = await f.newRunning();
    await f.sql.query(END_LEASES);
    await f.db.sweep.requeueOrphans();
    const owner = await f.newWorker();
    expect(await f.db.lease.claim({ missionId, workerId: owner })).toMatchObject({ attempt: 2 });
    // The owner dies: its lease ends while the zombie goes on sending heartbeats.
    await f.sql.query(`${END_LEASES} WHERE id = $1`, [owner]);
    for (let beats = 0; beats < 5; beats++) expect(await f.db.lease.beat(zombie)).toMatchObject({ alive: false });
    expect(await f.db.sweep.requeueOrphans()).toMatchObject([{ missionId, status: 'queued' }]);
  });
});
