import { createId } from '@flotilla/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { send } from './db/delivery-steps.ts';
import { createFixture, type Fixture, respond, resultOf } from './db/fixture.ts';

const LIMITS = { maxSteps: 10, maxOutputTokens: 100 };

type Played = Record<'ended' | 'running' | 'queued' | 'copied' | 'waiting' | 'child' | 'holder', string>;

/** A mission that waits for an approval, an input and a child; and one that runs in a session. */
async function playParked({
  db,
  newRunning,
  newSession,
}: Fixture): Promise<Pick<Played, 'waiting' | 'child' | 'holder'>> {
  const { missionId, attempt } = await newRunning();
  await db.steps.commitResponse({ missionId, attempt, ...respond(1, 3) });
  const child = createId('mission');
  const spec = { goal: 'x', model: 'sim/load', instructions: null, tools: [], modelOptions: {}, limits: LIMITS };
  const ask = { step: 1, request: {}, argumentsHash: null, expiresInMs: null };
  await db.lease.leave({
    missionId,
    attempt,
    status: 'waiting',
    code: 'approval',
    message: 'x',
    tries: 0,
    waitingFor: { kind: 'approval', detail: {} },
    asks: [
      { ...ask, kind: 'approval', index: 0 },
      { ...ask, kind: 'input', index: 1 },
    ],
    children: [{ id: child, step: 1, index: 2, spec }],
  });
  const holder = await newRunning({ sessionId: await newSession() });
  return { waiting: missionId, child, holder: holder.missionId };
}

/** A mission with two steps and a webhook, another that runs, a third that waits for a slot, a fork of the second. */
async function play(fixture: Fixture): Promise<Played> {
  const { db, newMission, newRunning } = fixture;
  const { missionId, attempt } = await newRunning();
  const owner = { missionId, attempt };
  await db.steps.commitResponse({ ...owner, ...respond(1, 2) });
  await db.steps.startToolCall({ ...owner, step: 1, index: 0 });
  await Promise.all([0, 1].map((index) => db.steps.commitToolResult({ ...owner, ...resultOf(1, index) })));
  await db.steps.commitResponse({ ...owner, ...respond(2, 0) });
  const left = await db.lease.leave({ ...owner, status: 'completed', output: 'done' });
  if (left === 'fenced') throw new Error('fenced');
  for (const deliveryId of left.deliveryIds) await send(fixture, deliveryId, { responseStatus: 204 });
  const running = await newRunning();
  await db.steps.commitResponse({ missionId: running.missionId, attempt: running.attempt, ...respond(1, 2) });
  const copied = createId('mission');
  const spec = { goal: 'x', model: 'sim/load', instructions: null, tools: [], modelOptions: {}, limits: LIMITS };
  const fork = { kind: 'fork', id: copied, sourceId: missionId, upTo: 1, spec } as const;
  await db.missions.copy([fork], { accountId: fixture.accountId, once: false });
  const parked = await playParked(fixture);
  return { ended: missionId, running: running.missionId, queued: await newMission(), copied, ...parked };
}

async function broken(fixture: Fixture): Promise<Record<string, string[]>> {
  const findings = await fixture.db.audit();
  return Object.fromEntries(findings.filter(({ count }) => count > 0).map(({ name, examples }) => [name, examples]));
}

/**
 * Keeps what is in a database now: a new one for each case would take two seconds.
 * @returns puts it back, with what was rung and leased just now rung and leased again
 */
async function keepTables({ sql }: Fixture): Promise<() => Promise<void>> {
  const { rows } = await sql.query<{ name: string }>(
    `SELECT format('%I', tablename) AS name FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE '\\_%'`,
  );
  const names = rows.map(({ name }) => name);
  await sql.query(`CREATE SCHEMA kept; ${names.map((name) => `CREATE TABLE kept.${name} AS TABLE ${name}`).join(';')}`);
  const refill = names.map((name) => `INSERT INTO ${name} SELECT * FROM kept.${name}`).join(';');
  return async () => {
    await sql.query(`
      BEGIN;
      SET LOCAL session_replication_role = replica;
      TRUNCATE ${names.join(', ')};
      ${refill};
      UPDATE missions SET run_after = now(), rung_at = now() WHERE rung_at IS NOT NULL;
      UPDATE deliveries SET rung_at = now() WHERE rung_at IS NOT NULL;
      UPDATE workers SET lease_expires_at = now() + interval '1 min';
      COMMIT`);
  };
}

/** What is done to a sound database, and the rule that must notice; neighbouring rules may notice too. */
const PLANTED: [rule: string, sql: string, id: keyof Played | 'account' | 'endpoint'][] = [
  ['running_without_lease', `UPDATE workers SET lease_expires_at = now() - interval '5 s'`, 'running'],
  ['running_without_lease', `DELETE FROM workers`, 'running'],
  ['account_running_differs', `UPDATE accounts SET running = running + 1`, 'account'],
  ['steps_not_gapless', `DELETE FROM steps WHERE mission_id = $1 AND number = 1`, 'ended'],
  ['steps_not_gapless', `UPDATE missions SET step_count = step_count + 1 WHERE id = $1`, 'running'],
  ['step_with_wrong_pending_calls', `UPDATE steps SET pending_tool_calls = 1 WHERE mission_id = $1`, 'ended'],
  ['step_with_wrong_pending_calls', `UPDATE steps SET completed_at = now() WHERE mission_id = $1`, 'running'],
  ['step_before_the_last_not_complete', `UPDATE steps SET completed_at = NULL WHERE mission_id = $1`, 'ended'],
  ['step_without_usage', `DELETE FROM usage_records WHERE mission_id = $1 AND step_number = 2`, 'ended'],
  ['step_without_usage', `UPDATE usage_records SET output_tokens = 0 WHERE mission_id = $1`, 'running'],
  ['usage_differs_from_rows', `UPDATE missions SET input_tokens = input_tokens + 1 WHERE id = $1`, 'ended'],
  ['claims_not_counted', `UPDATE missions SET attempt = attempt + 1 WHERE id = $1`, 'running'],
  ['attempt_left_and_running', `UPDATE missions SET left_attempt = attempt WHERE id = $1`, 'running'],
  ['attempt_left_and_running', `UPDATE missions SET left_attempt = attempt + 1 WHERE id = $1`, 'ended'],
  ['step_attempts_not_monotonic', `UPDATE steps SET attempt = 2 WHERE mission_id = $1 AND number = 1`, 'ended'],
  // What a copy may have, no other mission may; and what a copied step may not have, it may not.
  ['step_attempts_not_monotonic', `UPDATE steps SET attempt = 0 WHERE mission_id = $1 AND number = 1`, 'ended'],
  ['step_attempts_not_monotonic', `UPDATE missions SET forked_from = NULL WHERE id = $1`, 'copied'],
  ['step_attempts_not_monotonic', `UPDATE steps SET attempt = -1 WHERE mission_id = $1`, 'copied'],
  ['step_attempts_not_monotonic', `UPDATE steps SET attempt = 0 WHERE mission_id = $1 AND number = 2`, 'ended'],
  ['tool_call_of_another_attempt', `UPDATE tool_calls SET attempt = NULL WHERE mission_id = $1`, 'ended'],
  ['tool_call_of_another_attempt', `UPDATE tool_calls SET attempt = 0 WHERE mission_id = $1`, 'copied'],
  [
    'step_without_usage',
    `INSERT INTO usage_records SELECT $1, 1, 0, account_id, session_id, agent_id, provider, model, 0, 0, 0, 0 FROM usage_records LIMIT 1`,
    'copied',
  ],
  [
    'usage_without_tool_call',
    `INSERT INTO usage_records SELECT $1, 1, 9, account_id, session_id, agent_id, provider, model, 0, 0, 0, 0 FROM usage_records WHERE mission_id = $1 LIMIT 1`,
    'ended',
  ],
  ['usage_without_tool_call', `UPDATE usage_records SET call = 1 WHERE mission_id = $1`, 'running'],
  [
    'step_without_event',
    `INSERT INTO mission_events (mission_id, sequence, account_id, type, data) SELECT id, 2, account_id, 'step.completed', '{"step":1}' FROM missions WHERE id = $1`,
    'copied',
  ],
  ['step_without_event', `UPDATE tool_calls SET attempt = 1 WHERE mission_id = $1`, 'copied'],
  ['tool_call_without_event', `UPDATE tool_calls SET attempt = 1 WHERE mission_id = $1`, 'copied'],
  [
    'tool_call_without_event',
    `INSERT INTO mission_events (mission_id, sequence, account_id, type, data) SELECT id, 2, account_id, 'tool_call.completed', '{"step":1,"index":0}' FROM missions WHERE id = $1`,
    'copied',
  ],
  ['tool_call_of_another_attempt', `UPDATE tool_calls SET attempt = 7 WHERE mission_id = $1`, 'ended'],
  ['events_not_gapless', `DELETE FROM mission_events WHERE mission_id = $1 AND sequence = 3`, 'ended'],
  ['events_not_gapless', `UPDATE missions SET event_sequence = 99 WHERE id = $1`, 'queued'],
  [
    'step_without_event',
    `UPDATE mission_events SET type = 'x' WHERE mission_id = $1 AND type = 'step.completed'`,
    'ended',
  ],
  [
    'tool_call_without_event',
    `DELETE FROM mission_events WHERE mission_id = $1 AND type = 'tool_call.completed' AND data->>'index' = '1'`,
    'ended',
  ],
  ['tool_call_without_event', `UPDATE tool_calls SET status = 'started' WHERE mission_id = $1`, 'running'],
  [
    'end_without_its_event',
    `UPDATE mission_events SET type = 'mission.failed' WHERE mission_id = $1 AND type = 'mission.completed'`,
    'ended',
  ],
  [
    'end_without_its_event',
    `INSERT INTO mission_events (mission_id, sequence, account_id, type) SELECT id, 99, account_id, 'mission.completed' FROM missions WHERE id = $1`,
    'queued',
  ],
  [
    'end_without_its_event',
    `INSERT INTO mission_events (mission_id, sequence, account_id, type) SELECT id, 99, account_id, 'step.completed' FROM missions WHERE id = $1; UPDATE missions SET event_sequence = 99`,
    'ended',
  ],
  [
    'due_mission_unrung',
    `UPDATE missions SET run_after = now() - interval '60 s', rung_at = now() - interval '17 s' WHERE id = $1`,
    'queued',
  ],
  [
    'due_mission_unrung',
    `UPDATE missions SET run_after = now() - interval '17 s', rung_at = NULL WHERE id = $1`,
    'queued',
  ],
  ['end_without_delivery', `DELETE FROM deliveries WHERE mission_id = $1`, 'ended'],
  ['delivery_without_attempts', `DELETE FROM delivery_attempts`, 'ended'],
  ['endpoint_counter_wrong', `UPDATE webhook_endpoints SET in_flight = in_flight + 1`, 'endpoint'],
  ['approval_without_ask', `DELETE FROM answers`, 'waiting'],
  ['approval_without_ask', `DELETE FROM mission_events WHERE type = 'approval.requested'`, 'waiting'],
  [
    'approval_without_ask',
    `UPDATE mission_events SET type = 'approval.decided' WHERE type = 'approval.requested'`,
    'waiting',
  ],
  ['session_with_two_active', `UPDATE sessions SET active_mission_id = NULL`, 'holder'],
  [
    'session_with_two_active',
    `UPDATE sessions SET active_mission_id = NULL; UPDATE missions SET status = 'queued', worker_id = NULL WHERE id = $1`,
    'holder',
  ],
];

describe('the audit', () => {
  it('finds nothing in a sound database', async () => {
    await using fixture = await createFixture();
    await play(fixture);
    expect(await broken(fixture)).toEqual({});
    const findings = await fixture.db.audit();
    expect(findings.length).toBeGreaterThan(15);
    expect(findings.every(({ rule, examples }) => rule !== '' && examples.length === 0)).toBe(true);
  });

  describe('of one database, again and again as it was', () => {
    let fixture: Fixture;
    let ids: Played & Record<'account' | 'endpoint', string>;
    let restore: () => Promise<void>;
    beforeAll(async () => {
      fixture = await createFixture();
      ids = { ...(await play(fixture)), account: fixture.accountId, endpoint: fixture.endpointId };
      restore = await keepTables(fixture);
    });
    afterAll(() => fixture[Symbol.asyncDispose]());

    it.each(PLANTED)('finds %s after %s', async (rule, plant, victim) => {
      await restore();
      expect(await broken(fixture)).toEqual({});
      await fixture.sql.query(plant.replaceAll('$1', `'${ids[victim]}'`));
      const expected = rule === 'delivery_without_attempts' ? 'dlv_' : ids[victim];
      expect((await broken(fixture))[rule]?.[0]).toContain(expected);
    });
  });

  it('finds a forgotten delivery', async () => {
    await using fixture = await createFixture();
    const { missionId, attempt } = await fixture.newRunning();
    await fixture.db.lease.leave({ missionId, attempt, status: 'failed', code: 'x', message: 'x' });
    expect(await broken(fixture)).not.toHaveProperty('due_delivery_unrung');
    const overdue = `next_attempt_at = now() - interval '17 s', rung_at = now() - interval '17 s'`;
    await fixture.sql.query(`UPDATE deliveries SET ${overdue}`);
    expect(await broken(fixture)).toHaveProperty('due_delivery_unrung');
  });

  it('takes waiting in line for free slots for no neglect', async () => {
    await using fixture = await createFixture();
    await fixture.newWorker();
    for (let index = 0; index < 5; index++) await fixture.newMission();
    await fixture.sql.query(`UPDATE missions SET run_after = now() - interval '1 h', rung_at = NULL`);
    expect(await broken(fixture)).not.toHaveProperty('due_mission_unrung');
  });

  it('takes waiting for room in the account, or for a worker that an operator has drained, for no neglect', async () => {
    await using fixture = await createFixture();
    await fixture.newWorker();
    await fixture.newMission();
    await fixture.sql.query(`UPDATE missions SET run_after = now() - interval '1 h', rung_at = NULL`);
    expect(await broken(fixture)).toHaveProperty('due_mission_unrung');
    await fixture.sql.query('UPDATE workers SET draining_at = now()');
    expect(await broken(fixture)).toEqual({});
    await fixture.sql.query('UPDATE workers SET draining_at = NULL');
    await fixture.sql.query('UPDATE accounts SET running = max_running');
    expect(await broken(fixture)).not.toHaveProperty('due_mission_unrung');
  });

  it('takes waiting for the session’s turn for no neglect', async () => {
    await using fixture = await createFixture();
    const sessionId = await fixture.newSession();
    await fixture.newRunning({ sessionId });
    await fixture.newMission({ sessionId });
    await fixture.newWorker();
    await fixture.sql.query(`UPDATE missions SET run_after = now() - interval '1 h', rung_at = now() - interval '1 h'`);
    expect(await broken(fixture)).toEqual({});
  });

  it('asks for a delivery to endpoints that were subscribed and enabled when the mission ended, and to no other', async () => {
    await using fixture = await createFixture();
    const { ended } = await play(fixture);
    await fixture.sql.query(`
      INSERT INTO webhook_endpoints (id, account_id, url, event_types, created_at, disabled_at)
      SELECT id, '${fixture.accountId}', 'https://' || id, event_types, created_at, disabled_at
      FROM (VALUES
        ('whe_later', '{mission.completed}'::text[], now(), NULL::timestamptz),
        ('whe_other', '{mission.failed}', now() - interval '1 h', NULL),
        ('whe_off', '{mission.completed}', now() - interval '1 h', now() - interval '1 h'),
        ('whe_missed', '{mission.completed}', now() - interval '1 h', NULL),
        ('whe_missed_too', '{mission.completed}', now() - interval '1 h', now() + interval '1 h')
      ) AS e(id, event_types, created_at, disabled_at)`);
    expect(await broken(fixture)).toMatchObject({
      end_without_delivery: [`${ended} to whe_missed`, `${ended} to whe_missed_too`],
    });
  });
});
