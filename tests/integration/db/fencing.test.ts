import { describe, expect, it } from 'vitest';
import { createFixture, type Fixture, parkFor, respond, resultOf } from './fixture.ts';

/** A mission that was taken from one worker (the zombie, attempt 1) and runs on another (attempt 2), at the same step. */
async function takeOver(f: Fixture) {
  const zombie = await f.newRunning();
  await f.db.steps.commitResponse({ ...zombie, ...respond(1, 2) });
  await f.sql.query(`UPDATE workers SET lease_expires_at = now() - interval '1 second' WHERE id = $1`, [
    zombie.workerId,
  ]);
  const orphans = await f.db.sweep.requeueOrphans();
  const workerId = await f.newWorker();
  const claimed = await f.db.lease.claim({ missionId: zombie.missionId, workerId });
  return { zombie, orphans, owner: { missionId: zombie.missionId, attempt: 2 }, claimed };
}

describe('a worker that lost its mission', () => {
  it('writes nothing: no response, no tool start, no result, no end, no release, no park', async () => {
    await using f = await createFixture();
    const { zombie, owner, claimed } = await takeOver(f);
    expect(claimed).toMatchObject({ attempt: 2, stepCount: 1 });
    const before = await f.eventsOf(zombie.missionId);

    expect(await f.db.steps.commitResponse({ ...zombie, ...respond(2, 0) })).toBe('fenced');
    expect(await f.db.steps.startToolCall({ ...zombie, step: 1, index: 0 })).toBe('fenced');
    expect(await f.db.steps.commitToolResult({ ...zombie, ...resultOf(1, 0, 'stale') })).toBe('fenced');
    expect(await f.db.lease.leave({ ...zombie, status: 'completed', output: 'stale' })).toBe('fenced');
    const release = { status: 'queued', code: 'draining', message: 'stale', afterMs: 0, tries: 0 } as const;
    expect(await f.db.lease.leave({ ...zombie, ...release })).toBe('fenced');
    expect(await f.db.lease.leave({ ...zombie, ...parkFor({ step: 1 }) })).toBe('fenced');

    expect(await f.eventsOf(zombie.missionId)).toEqual(before);
    expect(await f.db.steps.commitToolResult({ ...owner, ...resultOf(1, 0, 'fresh') })).toBe('committed');
    const [step] = await f.db.steps.read({ missionId: owner.missionId, after: 0, limit: 1 });
    expect(step?.toolCalls[0]?.result?.content).toBe('fresh');
  });

  it('is told so even when its write travels in one batch with its successor’s', async () => {
    await using f = await createFixture();
    const { zombie, owner } = await takeOver(f);
    const outcomes = await Promise.all([
      f.db.steps.commitToolResult({ ...zombie, ...resultOf(1, 1, 'stale') }),
      f.db.steps.commitToolResult({ ...owner, ...resultOf(1, 1, 'fresh') }),
    ]);
    expect(outcomes).toEqual(['fenced', 'committed']);
  });

  it('cannot renew a lease that has run out, and a stopped one neither', async () => {
    await using f = await createFixture();
    const expired = await f.newWorker();
    await f.sql.query(`UPDATE workers SET lease_expires_at = now() WHERE id = $1`, [expired]);
    expect(await f.db.lease.beat(expired)).toMatchObject({ alive: false, sweep: null });
    const stopped = await f.newWorker();
    await f.db.lease.stop(stopped);
    expect(await f.db.lease.beat(stopped)).toMatchObject({ alive: false });
    expect(await f.db.lease.beat(await f.newWorker())).toMatchObject({ alive: true });
  });
});

describe('a lost reply', () => {
  it('does not make a repeated write fail: what this attempt has committed counts as committed', async () => {
    await using f = await createFixture();
    const owner = await f.newRunning();
    const response = respond(1, 1);
    expect(await f.db.steps.commitResponse({ ...owner, ...response })).toBe('committed');
    expect(await f.db.steps.commitResponse({ ...owner, ...response })).toBe('committed');
    expect(await f.db.steps.commitToolResult({ ...owner, ...resultOf(1, 0) })).toBe('committed');
    expect(await f.db.steps.commitToolResult({ ...owner, ...resultOf(1, 0, 'again') })).toBe('committed');
    const steps = await f.db.steps.read({ missionId: owner.missionId, after: 0, limit: 10 });
    expect(steps).toHaveLength(1);
    expect(steps[0]?.toolCalls[0]?.result?.content).toBe('result 0');
    expect(await f.eventsOf(owner.missionId)).toEqual([
      '1 mission.queued',
      '2 mission.started',
      '3 tool_call.completed',
      '4 step.completed',
    ]);
  });

  it('does not let a step be skipped or written twice', async () => {
    await using f = await createFixture();
    const owner = await f.newRunning();
    expect(await f.db.steps.commitResponse({ ...owner, ...respond(2, 0) })).toBe('fenced');
    expect(await f.db.steps.read({ missionId: owner.missionId, after: 0, limit: 10 })).toEqual([]);
  });
});

describe('cancel', () => {
  it('ends a queued mission at once, with its event and its delivery', async () => {
    await using f = await createFixture();
    const missionId = await f.newMission();
    expect(await f.db.missions.cancel(f.accountId, missionId)).toEqual({
      kind: 'cancelled',
      pool: 'default',
      code: 'cancelled_by_client',
      deliveryIds: [expect.stringMatching(/^dlv_/)],
      end: { missionId, accountId: f.accountId, sessionId: null, parentMissionId: null, hasChildren: false },
    });
    expect(await f.eventsOf(missionId)).toEqual(['1 mission.queued', '2 mission.cancelled']);
    expect(await f.db.missions.cancel(f.accountId, missionId)).toEqual({ kind: 'ended', status: 'cancelled' });
  });

  it.each([
    ['a finish', { status: 'completed', output: 'too late' } as const],
    ['a release', { status: 'queued', code: 'draining', message: '', afterMs: 0, tries: 0 } as const],
  ])('that comes before %s wins over it', async (_, move) => {
    await using f = await createFixture();
    const owner = await f.newRunning();
    expect(await f.db.missions.cancel(f.accountId, owner.missionId)).toEqual({ kind: 'asked' });
    const { toStop } = await f.db.lease.beat(owner.workerId);
    expect(toStop).toEqual([{ missionId: owner.missionId, attempt: 1, reason: 'cancel' }]);
    expect(await f.db.lease.leave({ ...owner, ...move })).toMatchObject({ status: 'cancelled' });
    expect((await f.eventsOf(owner.missionId)).at(-1)).toBe('3 mission.cancelled');
  });

  it('that comes after the finish is told how the mission ended', async () => {
    await using f = await createFixture();
    const owner = await f.newRunning();
    await f.db.lease.leave({ ...owner, status: 'completed', output: 'first' });
    expect(await f.db.missions.cancel(f.accountId, owner.missionId)).toEqual({ kind: 'ended', status: 'completed' });
  });

  it('racing with the finish ends in one of the two, never both, for each of 100 missions', async () => {
    await using f = await createFixture();
    const owners = await Promise.all(Array.from({ length: 100 }, () => f.newRunning()));
    await Promise.all(
      owners.map(async (owner) => {
        const [cancelled, left] = await Promise.all([
          f.db.missions.cancel(f.accountId, owner.missionId),
          f.db.lease.leave({ ...owner, status: 'completed', output: 'done' }),
        ]);
        const status = left === 'fenced' ? 'fenced' : left.status;
        expect([cancelled.kind, status]).toEqual(
          cancelled.kind === 'asked' ? ['asked', 'cancelled'] : ['ended', 'completed'],
        );
      }),
    );
    const { rows } = await f.sql.query(
      `SELECT mission_id FROM mission_events WHERE type IN ('mission.completed', 'mission.cancelled')
       GROUP BY mission_id HAVING count(*) <> 1`,
    );
    expect(rows).toEqual([]);
  });
});
