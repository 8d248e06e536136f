import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createFixture, type Fixture, parkFor, respond } from './fixture.ts';

const placeOf = (f: Fixture, missionId: string) => f.db.missions.queuePlace(f.accountId, missionId);

it('a queued mission knows how many are before it, by priority and age, to a thousand', async () => {
  await using f = await createFixture();
  const [first, second] = [await f.newMission(), await f.newMission()];
  const urgent = await f.newMission({ priority: 1 });
  const places = await Promise.all([urgent, first, second].map((id) => placeOf(f, id)));
  expect(places).toEqual([0, 1, 2].map((ahead) => ({ blockedBy: null, ahead, isExact: true })));

  // Not in line: later, paused, turned away, or in another pool.
  await f.db.pools.create('other');
  await f.newMission({ priority: 1, startAt: new Date(Date.now() + 60_000) });
  await f.newMission({ priority: 1, pool: 'other' });
  const paused = await f.newMission({ priority: 1 });
  await f.db.missions.pause(f.accountId, paused);
  const away = await f.newMission({ priority: 1 });
  await f.sql.query(`UPDATE missions SET status_code = 'account_limit' WHERE id = $1`, [away]);
  expect(await placeOf(f, second)).toEqual({ blockedBy: null, ahead: 2, isExact: true });

  const many = (count: number) =>
    f.sql.query(
      `INSERT INTO missions (id, account_id, spec, spec_version, priority, event_sequence)
       SELECT new_id('mis'), account_id, spec, 1, 1, 0 FROM missions m, generate_series(1, $2) WHERE m.id = $1`,
      [first, count],
    );
  await many(997);
  expect(await placeOf(f, second)).toEqual({ blockedBy: null, ahead: 999, isExact: true });
  await many(2);
  expect(await placeOf(f, second)).toEqual({ blockedBy: null, ahead: 1_000, isExact: false });
  expect(await f.db.missions.queuePlace('acc_other', second)).toBeNull();
});

it('one that could not be taken now says what keeps it', async () => {
  await using f = await createFixture();
  const blockedBy = async (missionId: string) => (await placeOf(f, missionId))?.blockedBy;
  expect(await blockedBy(await f.newMission({ startAt: new Date(Date.now() + 60_000) }))).toBe('delayed');
  const paused = await f.newMission();
  await f.db.missions.pause(f.accountId, paused);
  expect(await blockedBy(paused)).toBe('paused');
  const sessionId = await f.newSession();
  const [first, second] = [await f.newMission({ sessionId }), await f.newMission({ sessionId })];
  expect([await blockedBy(first), await blockedBy(second)]).toEqual([null, 'session_busy']);
  await f.sql.query('UPDATE accounts SET max_running = 0');
  expect(await blockedBy(first)).toBe('account_limit');
  await f.sql.query('UPDATE accounts SET max_running = 10');
  await f.db.pools.setPaused({ name: 'default', paused: true });
  expect(await blockedBy(first)).toBe('paused');
  await f.db.pools.setPaused({ name: 'default', paused: false });
  const { missionId } = await f.newRunning();
  expect(await placeOf(f, missionId)).toBeNull();
});

it('a mission knows for how long it was queued, ran and waited', async () => {
  await using f = await createFixture();
  const run = await f.newRunning();
  await f.db.steps.commitResponse({ ...run, ...respond(1, 1) });
  await f.db.lease.leave({ ...run, ...parkFor({ step: 1, children: 0 }) });
  const [ask] = await f.db.missions.asks(f.accountId, run.missionId);
  const answer = { decision: 'approved' };
  const given = { accountId: f.accountId, missionId: run.missionId, askId: ask?.id ?? '', answer, answeredBy: 'me' };
  await f.db.missions.answer(given);
  await f.db.missions.pause(f.accountId, run.missionId);
  await f.db.missions.resume(f.accountId, run.missionId);
  // From the end: queued again since 2 s, waited 30 s, ran 5 s, was queued 10 s; a pause is no state of its own.
  const ages = { 'mission.queued': 47, 'mission.started': 37, 'mission.waiting': 32, 'mission.resumed': 2 };
  const now = Date.now();
  for (const [type, age] of Object.entries(ages)) {
    await f.sql.query(
      `UPDATE mission_events SET created_at = $3
       WHERE mission_id = $1 AND type = $2 AND (type <> 'mission.resumed' OR data ? 'answered')`,
      [run.missionId, type, new Date(now - age * 1_000)],
    );
  }
  const timings = await f.db.missions.timings(run.missionId);
  expect(timings).toMatchObject({ runningSeconds: 5, waitingSeconds: 30 });
  expect(timings.queuedSeconds).toBeGreaterThanOrEqual(12);
  expect(timings.queuedSeconds).toBeLessThan(60);

  await f.db.missions.cancel(f.accountId, run.missionId);
  const ended = await f.db.missions.timings(run.missionId);
  await sleep(20);
  expect(await f.db.missions.timings(run.missionId)).toEqual(ended);
});
