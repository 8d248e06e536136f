import { createId } from '@flotilla/core';
import { describe, expect, it } from 'vitest';
import { createFixture, type Fixture, respond } from './db/fixture.ts';

const LIMITS = { maxSteps: 5, maxOutputTokens: 100 };
const SPEC = { goal: 'x', model: 'sim/load', instructions: null, tools: [], modelOptions: {}, limits: LIMITS };
const REASON = { code: 'awaiting_input', message: 'x' };

type Play = Record<'asking' | 'parent' | 'child' | 'active' | 'next' | 'over' | 'chained', string>;

/** A mission that asks, one with a running child, a session with an active mission and its next, a chain in its second stage. */
async function play(f: Fixture): Promise<Play> {
  const sessionId = await f.newSession();
  const waiting = {
    status: 'waiting' as const,
    ...REASON,
    tries: 0,
    waitingFor: { kind: 'input' as const, detail: {} },
  };
  const ask = { kind: 'input' as const, step: 1, request: {}, argumentsHash: null, expiresInMs: 60_000 };
  const [asking, over, parent] = [await f.newRunning(), await f.newRunning(), await f.newRunning()];
  for (const run of [asking, over, parent]) await f.db.steps.commitResponse({ ...run, ...respond(1, 2) });
  for (const run of [asking, over]) {
    const asks = [0, 1].map((index) => ({ ...ask, index }));
    await f.db.lease.leave({ ...run, ...waiting, asks, children: [] });
    const [first] = await f.db.missions.asks(f.accountId, run.missionId);
    const given = { accountId: f.accountId, missionId: run.missionId, askId: first?.id ?? '', answeredBy: 'test' };
    await f.db.missions.answer({ ...given, answer: 'x' });
  }
  await f.db.missions.cancel(f.accountId, over.missionId);
  const child = { id: createId('mission'), step: 1, index: 0, spec: SPEC };
  await f.db.lease.leave({ ...parent, ...waiting, asks: [], children: [child] });
  await f.db.lease.claim({ missionId: child.id, workerId: parent.workerId });
  const active = await f.newRunning({ sessionId });
  const next = await f.newMission({ sessionId });
  const chain = ['one', 'two'].map((name) => ({ name, model: 'sim/load', instructions: 'x', tools: [] }));
  const chained = await f.newRunning({ spec: { ...SPEC, chain } });
  await f.db.steps.commitResponse({ ...chained, ...respond(1, 0) });
  await f.db.steps.commitResponse({ ...chained, ...respond(2, 1), chainStage: 1 });
  return {
    asking: asking.missionId,
    parent: parent.missionId,
    child: child.id,
    active: active.missionId,
    next,
    over: over.missionId,
    chained: chained.missionId,
  };
}

async function broken(f: Fixture): Promise<Record<string, string[]>> {
  const findings = await f.db.audit();
  return Object.fromEntries(findings.filter(({ count }) => count > 0).map(({ name, examples }) => [name, examples]));
}

const LONG_AGO = `now() - interval '17 s'`;

/** What is done to a sound database, and the rule that must notice; neighbouring rules may notice too. */
const PLANTED: [rule: string, victim: keyof Play, sql: string][] = [
  ['pending_answers_differ', 'asking', `UPDATE missions SET pending_answers = 0 WHERE id = $1`],
  ['pending_answers_differ', 'asking', `UPDATE answers SET answered_at = now() WHERE mission_id = $1`],
  [
    'pending_answers_differ',
    'asking',
    `UPDATE missions SET status = 'queued', waiting_for = NULL, pending_answers = 0 WHERE id = $1`,
  ],
  [
    'waiting_for_nothing',
    'asking',
    `UPDATE answers SET answered_at = ${LONG_AGO} WHERE mission_id = $1; UPDATE missions SET status_at = ${LONG_AGO}`,
  ],
  [
    'waiting_for_nothing',
    'parent',
    `UPDATE missions SET status = 'completed', output = '', worker_id = NULL, finished_at = ${LONG_AGO} WHERE parent_mission_id = $1;
     UPDATE missions SET status_at = ${LONG_AGO}`,
  ],
  [
    'overdue_not_ended',
    'asking',
    `UPDATE missions SET deadline_at = ${LONG_AGO}, status_at = ${LONG_AGO} WHERE id = $1`,
  ],
  ['overdue_not_ended', 'next', `UPDATE missions SET expires_at = ${LONG_AGO}, status_at = ${LONG_AGO} WHERE id = $1`],
  ['child_without_call', 'child', `UPDATE missions SET parent_call = 7 WHERE id = $1`],
  ['child_without_call', 'child', `UPDATE missions SET depth = 2 WHERE id = $1`],
  ['child_not_counted', 'parent', `UPDATE missions SET child_count = 0 WHERE id = $1`],
  [
    'child_of_a_running_parent',
    'child',
    `UPDATE missions SET status = 'queued', waiting_for = NULL WHERE status = 'waiting'`,
  ],
  [
    'child_left_behind',
    'child',
    `UPDATE missions p SET status = 'cancelled', waiting_for = NULL, finished_at = ${LONG_AGO}
     FROM missions c WHERE c.id = $1 AND p.id = c.parent_mission_id`,
  ],
  [
    'session_with_two_active',
    'next',
    `UPDATE missions m SET status = 'running', worker_id = (SELECT id FROM workers LIMIT 1) WHERE id = $1`,
  ],
  ['session_with_two_active', 'active', `UPDATE sessions SET active_mission_id = NULL`],
  ['chain_out_of_order', 'chained', `UPDATE missions SET chain_stage = 0 WHERE id = $1`],
  ['chain_out_of_order', 'chained', `UPDATE steps SET chain_stage = 1 - chain_stage WHERE mission_id = $1`],
  ['chain_out_of_order', 'chained', `UPDATE missions SET spec = spec - 'chain' WHERE id = $1`],
];

describe('the audit of missions that wait, have children or a session, or are a chain', () => {
  it('finds nothing in a sound database', async () => {
    await using f = await createFixture();
    await play(f);
    expect(await broken(f)).toEqual({});
  });

  it('finds nothing in an ask that ran out after its mission had ended', async () => {
    await using f = await createFixture();
    const { over } = await play(f);
    await f.sql.query(`UPDATE answers SET expires_at = now() WHERE mission_id = $1 AND answered_at IS NULL`, [over]);
    await f.db.sweep.expireAnswers();
    const { rows } = await f.sql.query(`SELECT count(*)::int AS ran_out FROM answers WHERE answered_by = 'expiry'`);
    expect(rows).toEqual([{ ran_out: 1 }]);
    expect(await broken(f)).toEqual({});
  });

  it.each(PLANTED)('finds %s (%s) after %s', async (rule, victim, sql) => {
    await using f = await createFixture();
    const ids = await play(f);
    await f.sql.query(sql.replaceAll('$1', `'${ids[victim]}'`));
    expect((await broken(f))[rule]).toContain(ids[victim]);
  });

  it.each([
    ['ask_past_its_time', `UPDATE answers SET expires_at = ${LONG_AGO} WHERE answered_at IS NULL`],
    ['answered_after_the_end', `UPDATE answers SET answered_at = now() + interval '1 s'`],
    ['ask_without_call', `UPDATE answers SET call_index = call_index + 7`],
  ])('finds %s after %s', async (rule, sql) => {
    await using f = await createFixture();
    await play(f);
    await f.sql.query(sql);
    expect((await broken(f))[rule]?.[0]).toMatch(/^ans_/);
  });

  it('finds a session that holds another account’s mission', async () => {
    await using f = await createFixture();
    const { next } = await play(f);
    const stranger = await f.db.accounts.create({ name: 'o', tier: 'free', maxRunning: 1, webhookSecret: 'sealed' });
    await f.sql.query(`UPDATE missions SET account_id = $2 WHERE id = $1`, [next, stranger.id]);
    expect((await broken(f))['session_of_another_account']).toEqual([next]);
  });
});
