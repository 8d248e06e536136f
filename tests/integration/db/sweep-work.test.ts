import { describe, expect, it } from 'vitest';
import { createFixture, type Fixture } from './fixture.ts';

const NOTHING = {
  orphans: false,
  overdue: false,
  answers: false,
  families: false,
  missions: false,
  deliveries: false,
};

/** What is done to the rows of one mission, and what it was before: queued, running, or ended with its webhook owed. */
type Case = { part: keyof typeof NOTHING; when: string; state: 'queued' | 'running' | 'ended'; sql: string };

const CASES: Case[] = [
  {
    part: 'orphans',
    when: 'a worker stopped answering',
    state: 'running',
    sql: `UPDATE workers SET lease_expires_at = now() - interval '1 second'`,
  },
  {
    part: 'orphans',
    when: 'a worker ended and left a mission behind',
    state: 'running',
    sql: `UPDATE workers SET stopped_at = now(), lease_expires_at = now()`,
  },
  {
    part: 'overdue',
    when: 'a paused mission was not started in time',
    state: 'queued',
    sql: `UPDATE missions SET paused_at = now(), expires_at = now()`,
  },
  {
    part: 'overdue',
    when: 'a paused mission was not done in time',
    state: 'queued',
    sql: `UPDATE missions SET paused_at = now(), deadline_at = now(), started_at = now()`,
  },
  {
    part: 'answers',
    when: 'an answer did not come in time',
    state: 'queued',
    sql: `UPDATE missions SET status = 'waiting', waiting_for = '{}', pending_answers = 1;
          INSERT INTO answers (id, mission_id, account_id, kind, request, expires_at)
          SELECT 'ans_1', id, account_id, 'input', '{}', now() FROM missions`,
  },
  {
    part: 'families',
    when: 'a parent was not woken',
    state: 'queued',
    sql: `UPDATE missions SET status = 'waiting', waiting_for = '{}', child_count = 1`,
  },
  {
    part: 'missions',
    when: 'a mission was never rung',
    state: 'queued',
    sql: `UPDATE missions SET rung_at = NULL`,
  },
  {
    part: 'missions',
    when: 'the bell of a mission was lost',
    state: 'queued',
    sql: `UPDATE missions SET rung_at = now() - interval '1 minute', run_after = now()`,
  },
  {
    part: 'missions',
    when: 'the moment of a mission will come before the next sweep',
    state: 'queued',
    sql: `UPDATE missions SET rung_at = NULL, run_after = now() + interval '4 seconds'`,
  },
  {
    part: 'deliveries',
    when: 'the bell of a webhook was lost',
    state: 'ended',
    sql: `UPDATE deliveries SET rung_at = now() - interval '1 minute'`,
  },
  {
    part: 'deliveries',
    when: 'the next attempt of a webhook has come',
    state: 'ended',
    sql: `UPDATE deliveries SET rung_at = NULL, next_attempt_at = now()`,
  },
  {
    part: 'deliveries',
    when: 'a webhook stands in its account’s line',
    state: 'ended',
    sql: `UPDATE deliveries SET held_back_at = now(), in_slow_lane = true`,
  },
];

describe('the heartbeat that wins the sweep’s turn', () => {
  async function look(f: Fixture) {
    await f.sql.query('UPDATE turns SET next_at = now()');
    const { sweep } = await f.db.lease.beat(await f.newWorker());
    return sweep;
  }

  it('finds nothing to do where everything is in hand, ended, or for later', async () => {
    await using f = await createFixture();
    await f.newRunning();
    const run = await f.newRunning();
    await f.db.lease.leave({ ...run, status: 'completed', output: 'done' });
    await f.sql.query(`UPDATE deliveries SET next_attempt_at = now() + interval '1 minute'`);
    const later = await f.newMission({ startAt: new Date(Date.now() + 3_600_000) });
    await f.db.missions.pause(f.accountId, await f.newMission());
    await f.sql.query(
      `UPDATE missions SET expires_at = now() + interval '1 hour', deadline_at = now() + interval '1 hour' WHERE id = $1`,
      [later],
    );
    expect(await look(f)).toEqual(NOTHING);
  });

  it.each(CASES)('finds nothing but $part when $when', async ({ part, state, sql }) => {
    await using f = await createFixture();
    if (state === 'queued') {
      await f.newMission();
    } else {
      const run = await f.newRunning();
      if (state === 'ended') await f.db.lease.leave({ ...run, status: 'completed', output: 'done' });
    }
    await f.sql.query(sql);
    expect(await look(f)).toEqual({ ...NOTHING, [part]: true });
    const doIt = {
      orphans: () => f.db.sweep.requeueOrphans(),
      overdue: () => f.db.sweep.endOverdue(),
      answers: () => f.db.sweep.expireAnswers(),
      families: async () => (await f.db.sweep.settleFamilies()).bells,
      missions: async () => (await f.db.sweep.takeDueMissions('default', 10)).bells,
      deliveries: async () => [...(await f.db.sweep.takeDueDeliveries()).bells, ...(await f.db.sweep.wakeDeliveries())],
    }[part];
    expect(await doIt()).toHaveLength(1);
  });
});
