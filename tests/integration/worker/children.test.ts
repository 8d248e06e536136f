import { setTimeout as sleep } from 'node:timers/promises';
import { BACKLOG_COUNT_NEAR_CAP_MS } from '@flotilla/core';
import { parkWithinBacklog } from '@flotilla/worker/start-children';
import { describe, expect, it } from 'vitest';
import { createFixture, type Fixture, parkFor, respond } from '../db/fixture.ts';

/** A running mission that wants to start so many children. */
async function newParent(f: Fixture, children: number) {
  const run = await f.newRunning();
  await f.db.steps.commitResponse({ ...run, ...respond(1, children) });
  const park = { ...run, ...parkFor({ step: 1, asks: 0, children }), tries: 1 };
  return { run, park: () => parkWithinBacklog(f.db, f.accountId, park) };
}

const queued = async (f: Fixture): Promise<number> =>
  (await f.sql.query(`SELECT FROM missions WHERE status = 'queued'`)).rowCount ?? -1;

describe('children that a mission starts', () => {
  it('count as missions of their account: where its backlog is full, the mission waits outside for room', async () => {
    await using f = await createFixture();
    const { run, park } = await newParent(f, 2);
    await f.db.accounts.setLimits({ accountId: f.accountId, maxQueued: 2 });
    const inTheWay = await f.newMission();
    expect(await park()).toMatchObject({ status: 'queued', code: 'retry_backoff' });
    const { rows } = await f.sql.query<{ tries: number; later: boolean }>(
      'SELECT tries, run_after > now() AS later FROM missions WHERE id = $1',
      [run.missionId],
    );
    expect(rows).toEqual([{ tries: 1, later: true }]);
    expect(await queued(f)).toBe(2);
    // Room again: one that is out of the way. The parent itself, which has run before, never was.
    await f.db.missions.cancel(f.accountId, inTheWay);
    await f.sql.query('UPDATE missions SET run_after = now()');
    const claimed = await f.db.lease.claim({ missionId: run.missionId, workerId: run.workerId });
    expect(claimed).toMatchObject({ attempt: 2, stepCount: 1 });
    const again = { ...run, attempt: 2, ...parkFor({ step: 1, asks: 0, children: 2 }) };
    await sleep(2 * BACKLOG_COUNT_NEAR_CAP_MS);
    expect(await parkWithinBacklog(f.db, f.accountId, again)).toMatchObject({ status: 'waiting' });
    expect(await queued(f)).toBe(2);
  });

  it('start though as many parents as the cap, or more, were turned away and lie queued for room themselves', async () => {
    await using f = await createFixture();
    const parents = [];
    for (let one = 0; one < 4; one++) parents.push(await newParent(f, 2));
    await f.db.accounts.setLimits({ accountId: f.accountId, maxQueued: 2 });
    const inTheWay = await f.newMission();
    for (const { park } of parents) expect(await park()).toMatchObject({ status: 'queued', code: 'retry_backoff' });
    await f.db.missions.cancel(f.accountId, inTheWay);
    await f.sql.query('UPDATE missions SET run_after = now()');
    for (const { run } of parents) {
      const { missionId, workerId } = run;
      expect(await f.db.lease.claim({ missionId, workerId })).toMatchObject({ attempt: 2 });
      await sleep(2 * BACKLOG_COUNT_NEAR_CAP_MS);
      const again = { ...run, attempt: 2, ...parkFor({ step: 1, asks: 0, children: 2 }) };
      expect(await parkWithinBacklog(f.db, f.accountId, again)).toMatchObject({ status: 'waiting' });
      const { rows } = await f.sql.query<{ id: string }>('SELECT id FROM missions WHERE parent_mission_id = $1', [
        missionId,
      ]);
      expect(rows).toHaveLength(2);
      for (const { id } of rows) await f.db.missions.cancel(f.accountId, id);
    }
  });

  it('that are more than the cap itself are started once nothing else lies queued, and none where it is 0', async () => {
    await using f = await createFixture();
    const { park } = await newParent(f, 3);
    await f.db.accounts.setLimits({ accountId: f.accountId, maxQueued: 2 });
    expect(await park()).toMatchObject({ status: 'waiting' });
    expect(await queued(f)).toBe(3);
    const other = await newParent(f, 1);
    await f.db.accounts.setLimits({ accountId: f.accountId, maxQueued: 0 });
    await sleep(2 * BACKLOG_COUNT_NEAR_CAP_MS);
    expect(await other.park()).toMatchObject({ status: 'queued' });
  });
});
