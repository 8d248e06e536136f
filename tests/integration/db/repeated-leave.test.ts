import type { Park } from '@flotilla/db';
import { describe, expect, it } from 'vitest';
import { hold, racePoint, waiters } from '../../harness/index.ts';
import { createFixture, type Fixture, parkFor, respond } from './fixture.ts';

const release = { status: 'queued', code: 'draining', message: 'x', afterMs: 0, tries: 1 } as const;
const finish = { status: 'completed', output: 'done' } as const;
const failed = { status: 'failed', code: 'max_steps', message: 'x' } as const;

/** A running mission whose account has turned another away, so that whoever leaves has somebody to wake. */
async function newAwaited(f: Fixture) {
  await f.sql.query('UPDATE accounts SET max_running = 1');
  const run = await f.newRunning();
  await f.db.steps.commitResponse({ ...run, ...respond(1, 4) });
  const next = await f.newMission();
  await f.db.lease.claim({ missionId: next, workerId: run.workerId });
  return { run, next };
}

const rowsOf = async (f: Fixture) => (await f.sql.query('SELECT * FROM missions ORDER BY id')).rows;

describe('a leave whose reply was lost', () => {
  it.each([
    ['a finish', finish],
    ['a failure', failed],
    ['a release', release],
    ['a park', parkFor({ step: 1 }) satisfies Park],
  ])('and that is sent again, %s, is told all that follows from it, and moves nothing twice', async (_, way) => {
    await using f = await createFixture();
    const { run, next } = await newAwaited(f);
    const first = await f.db.lease.leave({ ...run, ...way });
    const [events, rows] = [await f.eventsOf(run.missionId), await rowsOf(f)];
    expect(await f.db.lease.leave({ ...run, ...way })).toEqual(first);
    expect(first).toMatchObject({ status: way.status, wakes: true });
    expect([await f.eventsOf(run.missionId), await rowsOf(f)]).toEqual([events, rows]);
    expect((await f.sql.query('SELECT running FROM accounts')).rows).toEqual([{ running: 0 }]);
    expect(await f.db.lease.wake([f.accountId])).toMatchObject([{ missionId: next }]);
  });

  it('and that a cancel came before, is told of the cancel again', async () => {
    await using f = await createFixture();
    const run = await f.newRunning();
    await f.db.missions.cancel(f.accountId, run.missionId);
    const first = await f.db.lease.leave({ ...run, ...finish });
    expect(first).toMatchObject({ status: 'cancelled', deliveryIds: [expect.any(String)] });
    expect(await f.db.lease.leave({ ...run, ...finish })).toEqual(first);
  });

  it(`${racePoint('committed, reply lost')} knows the first for its own, though that was not committed when it came`, async () => {
    await using f = await createFixture();
    await using other = await f.openAnother();
    const run = await f.newRunning();
    await using row = await hold(f, 'SELECT FROM accounts FOR UPDATE');
    const both = [f.db.lease.leave({ ...run, ...finish }), other.db.lease.leave({ ...run, ...finish })];
    await waiters(f, 2);
    await row.letGo();
    expect(await Promise.all(both)).toMatchObject([{ status: 'completed' }, { status: 'completed' }]);
    expect((await f.eventsOf(run.missionId)).slice(2)).toEqual(['3 mission.completed']);
  });

  it('is fenced once another attempt has the mission, and where the sweep took it from a dead worker', async () => {
    await using f = await createFixture();
    const run = await f.newRunning();
    await f.db.lease.leave({ ...run, ...release });
    expect(await f.db.lease.claim({ missionId: run.missionId, workerId: run.workerId })).toMatchObject({ attempt: 2 });
    expect(await f.db.lease.leave({ ...run, ...release })).toBe('fenced');
    await f.sql.query('UPDATE workers SET lease_expires_at = now()');
    expect(await f.db.sweep.requeueOrphans()).toHaveLength(1);
    expect(await f.db.lease.leave({ ...run, attempt: 2, ...finish })).toBe('fenced');
    expect(await f.statusOf(run.missionId)).toBe('queued');
  });
});
