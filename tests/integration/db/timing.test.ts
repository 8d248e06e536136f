import { describe, expect, it } from 'vitest';
import { createFixture } from './fixture.ts';

const soon = (ms: number) => new Date(Date.now() + ms);

describe('a mission that is to start later', () => {
  it('says so, is not claimed before, and is handed to the sweep with the time that is left', async () => {
    await using f = await createFixture();
    const missionId = await f.newMission({ startAt: soon(3_000) });
    expect(await f.db.missions.read(f.accountId, missionId)).toMatchObject({ statusReason: { code: 'delayed' } });
    expect(await f.db.lease.claim({ missionId, workerId: await f.newWorker() })).toBe('not_ours');
    const [due] = (await f.db.sweep.takeDueMissions('default', 10)).bells;
    expect(due).toMatchObject({ missionId, rings: 1 });
    expect(due?.afterMs).toBeGreaterThan(0);
    expect(due?.afterMs).toBeLessThanOrEqual(3_000);
    expect(await f.db.sweep.takeUnrung([missionId])).toEqual([]);
    const far = await f.newMission({ startAt: soon(3_600_000) });
    expect((await f.db.sweep.takeDueMissions('default', 10)).bells).toMatchObject([{ missionId }]);
    expect(await f.statusOf(far)).toBe('queued');
  });

  it('is rung at its moment once, by whoever waited for it, or by the next sweep if that died before', async () => {
    await using f = await createFixture();
    const [waitedFor, forgotten] = [await f.newMission({ startAt: soon(1_000) }), await f.newMission()];
    await f.sql.query('UPDATE missions SET run_after = $2 WHERE id = $1', [forgotten, soon(1_000)]);
    expect((await f.db.sweep.takeDueMissions('default', 10)).bells).toHaveLength(2);
    await f.sql.query(`UPDATE missions SET run_after = now()`);
    const taken = await Promise.all([1, 2].map(() => f.db.sweep.takeUnrung([waitedFor])));
    expect(taken.flat()).toMatchObject([{ missionId: waitedFor, rings: 1, afterMs: 0 }]);
    expect((await f.db.sweep.takeDueMissions('default', 10)).bells).toMatchObject([
      { missionId: forgotten, afterMs: 0 },
    ]);
    expect((await f.db.sweep.takeDueMissions('default', 10)).bells).toEqual([]);
  });

  it('that is far down the line keeps nobody from being rung who is due now', async () => {
    await using f = await createFixture();
    for (let i = 0; i < 3; i++) await f.newMission({ startAt: soon(3_000), priority: 1 });
    const due = await f.newMission({ priority: 9 });
    await f.sql.query('UPDATE missions SET rung_at = NULL WHERE id = $1', [due]);
    const taken = (await f.db.sweep.takeDueMissions('default', 2)).bells;
    expect(taken.map(({ afterMs }) => afterMs > 0)).toEqual([false, true, true, true]);
    expect(taken).toContainEqual(expect.objectContaining({ missionId: due, afterMs: 0 }));
  });

  it('is rung when its moment has come, however full the queue is of others, and so is one whose wait is over', async () => {
    await using f = await createFixture();
    const workerId = await f.newWorker();
    const inTheQueue = [await f.newMission({ priority: 1 }), await f.newMission({ priority: 1 })];
    const delayed = await f.newMission({ startAt: soon(3_600_000), priority: 9 });
    const released = await f.newMission({ priority: 9 });
    const claimed = await f.db.lease.claim({ missionId: released, workerId });
    if (claimed === 'not_ours') throw new Error('the claim failed');
    const backoff = { status: 'queued', code: 'retry_backoff', message: '', afterMs: 3_600_000, tries: 1 } as const;
    await f.db.lease.leave({ missionId: released, attempt: claimed.attempt, ...backoff });
    const shift = `interval '1 hour'`;
    await f.sql.query(`UPDATE missions SET run_after = run_after - ${shift}, rung_at = rung_at - ${shift}`);
    const taken = (await f.db.sweep.takeDueMissions('default', 0)).bells;
    expect(taken.map(({ missionId }) => missionId).toSorted()).toEqual([delayed, released].toSorted());
    expect((await f.db.sweep.takeDueMissions('default', 0)).bells).toEqual([]);
    const unanswered = await f.db.sweep.readUnanswered('default', 10);
    expect(unanswered.map(({ missionId }) => missionId).toSorted()).toEqual(inTheQueue.toSorted());
  });

  it('is rung again when the bell of its moment was lost', async () => {
    await using f = await createFixture();
    const missionId = await f.newMission({ startAt: soon(1_000) });
    await f.db.sweep.takeDueMissions('default', 10);
    await f.sql.query(
      `UPDATE missions SET run_after = now() - interval '1 minute', rung_at = now() - interval '1 minute'`,
    );
    expect((await f.db.sweep.takeDueMissions('default', 10)).bells).toMatchObject([{ missionId, afterMs: 0 }]);
  });
});

describe('a mission past its time', () => {
  it('ends as expired if it was never started, with its event and its delivery', async () => {
    await using f = await createFixture();
    const missionId = await f.newMission({ expiresAt: soon(60_000) });
    expect(await f.db.sweep.endOverdue()).toEqual([]);
    await f.sql.query(`UPDATE missions SET expires_at = now()`);
    // A worker that comes back after an hour has its bells before the sweep has been: nothing is started late.
    expect(await f.db.lease.claim({ missionId, workerId: await f.newWorker() })).toBe('not_ours');
    expect(await f.db.sweep.endOverdue()).toMatchObject([
      { missionId, code: 'expired', deliveryIds: [expect.any(String)] },
    ]);
    expect(await f.eventsOf(missionId)).toEqual(['1 mission.queued', '2 mission.failed']);
    expect(await f.db.sweep.endOverdue()).toEqual([]);
  });

  it('is not expired once it has been started, but ends at its deadline wherever it lies', async () => {
    await using f = await createFixture();
    const missionId = await f.newMission({ expiresAt: soon(60_000), deadlineAt: soon(120_000) });
    const claimed = await f.db.lease.claim({ missionId, workerId: await f.newWorker() });
    expect(claimed).toMatchObject({ deadlineMs: expect.any(Number) });
    if (claimed === 'not_ours') return;
    expect(claimed.deadlineMs).toBeGreaterThan(100_000);
    const release = { status: 'queued', code: 'retry_backoff', message: '', afterMs: 0, tries: 0 } as const;
    await f.db.lease.leave({ missionId, attempt: claimed.attempt, ...release });
    await f.sql.query(`UPDATE missions SET expires_at = now()`);
    expect(await f.db.sweep.endOverdue()).toEqual([]);
    const again = await f.db.lease.claim({ missionId, workerId: await f.newWorker() });
    if (again === 'not_ours') throw new Error('it has been started in time');
    await f.db.lease.leave({ missionId, attempt: again.attempt, ...release });
    await f.sql.query(`UPDATE missions SET deadline_at = now()`);
    expect(await f.db.sweep.endOverdue()).toMatchObject([{ missionId, code: 'deadline_exceeded' }]);
  });
});

describe('a pause', () => {
  it('keeps a queued mission from being claimed or rung until it is resumed', async () => {
    await using f = await createFixture();
    const missionId = await f.newMission();
    expect(await f.db.missions.pause(f.accountId, missionId)).toEqual({ kind: 'paused' });
    expect(await f.db.missions.pause(f.accountId, missionId)).toEqual({ kind: 'paused' });
    expect(await f.db.missions.read(f.accountId, missionId)).toMatchObject({ statusReason: { code: 'paused' } });
    const workerId = await f.newWorker();
    expect(await f.db.lease.claim({ missionId, workerId })).toBe('not_ours');
    await f.sql.query('UPDATE missions SET rung_at = NULL');
    expect((await f.db.sweep.takeDueMissions('default', 10)).bells).toEqual([]);
    expect(await f.db.missions.resume(f.accountId, missionId)).toMatchObject({
      kind: 'resumed',
      bell: { missionId, rings: 2 },
    });
    expect(await f.db.missions.resume(f.accountId, missionId)).toEqual({ kind: 'resumed', bell: null });
    expect(await f.db.lease.claim({ missionId, workerId })).toMatchObject({ attempt: 1 });
    expect(await f.eventsOf(missionId)).toEqual([
      '1 mission.queued',
      '2 mission.paused',
      '3 mission.resumed',
      '4 mission.started',
    ]);
  });

  it('reaches a running mission with its worker’s heartbeat, and is respected by its release', async () => {
    await using f = await createFixture();
    const run = await f.newRunning();
    await f.db.missions.pause(f.accountId, run.missionId);
    expect((await f.db.lease.beat(run.workerId)).toStop).toEqual([
      { missionId: run.missionId, attempt: 1, reason: 'pause' },
    ]);
    const release = { status: 'queued', code: 'paused', message: '', afterMs: 0, tries: 0 } as const;
    await f.db.lease.leave({ ...run, ...release });
    expect(await f.db.lease.claim({ missionId: run.missionId, workerId: run.workerId })).toBe('not_ours');
    expect(await f.db.missions.cancel(f.accountId, run.missionId)).toMatchObject({ kind: 'cancelled' });
    expect(await f.db.missions.pause(f.accountId, run.missionId)).toEqual({ kind: 'ended', status: 'cancelled' });
    expect(await f.db.missions.pause('acc_stranger', run.missionId)).toEqual({ kind: 'not_found' });
  });
});
