import { createId, firstIdAt } from '@flotilla/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hold } from '../../harness/index.ts';
import { createFixture, type Fixture, respond, resultOf } from './fixture.ts';

it('missions past their retention go with all that hangs on them, and what they spent stays', async () => {
  await using f = await createFixture();
  const [old, owed, young] = [await f.newRunning(), await f.newRunning(), await f.newRunning()];
  for (const run of [old, owed, young]) {
    await f.db.steps.commitResponse({ ...run, ...respond(1, 1) });
    await f.db.steps.commitToolResult({ ...run, ...resultOf(1, 0) });
    await f.db.lease.leave({ ...run, status: 'completed', output: 'done' });
  }
  const unfinished = await f.newMission();
  await f.sql.query(`UPDATE missions SET finished_at = now() - interval '31 days' WHERE id = ANY ($1)`, [
    [old.missionId, owed.missionId],
  ]);
  await f.sql.query(`UPDATE deliveries SET status = 'delivered' WHERE mission_id <> $1`, [owed.missionId]);

  expect(await f.purge()).toBe(1);
  expect(await f.purge()).toBe(0);
  const left = await f.db.missions.list({ accountId: f.accountId, before: null, limit: 10 });
  expect(new Set(left.map((mission) => mission.id))).toEqual(new Set([owed.missionId, young.missionId, unfinished]));
  for (const table of ['steps', 'tool_calls', 'mission_events', 'deliveries']) {
    const { rows } = await f.sql.query(`SELECT 1 FROM ${table} WHERE mission_id = $1`, [old.missionId]);
    expect({ table, rows }).toEqual({ table, rows: [] });
  }
  const { rows } = await f.sql.query('SELECT 1 FROM usage_records WHERE mission_id = $1', [old.missionId]);
  expect(rows).toHaveLength(1);
});

it('what was to go when it was looked for stays, if its webhook is owed again by then, or its account keeps it longer', async () => {
  await using f = await createFixture();
  const [owed, kept] = [await f.newRunning(), await f.newRunning({ endpointId: null })];
  for (const run of [owed, kept]) await f.db.lease.leave({ ...run, status: 'completed', output: 'done' });
  await f.sql.query(`UPDATE missions SET finished_at = now() - interval '31 days'`);
  await f.sql.query(`UPDATE deliveries SET status = 'delivered'`);
  const { missionIds } = await f.db.sweep.findPurgeable([]);
  expect(missionIds).toHaveLength(2);
  await f.sql.query(`UPDATE deliveries SET status = 'pending'`);
  await f.db.accounts.change({ accountId: f.accountId, retentionDays: 90 });
  expect(await f.db.sweep.purge(missionIds)).toBe(0);
  await f.db.accounts.change({ accountId: f.accountId, retentionDays: 30 });
  expect(await f.db.sweep.purge(missionIds)).toBe(1);
  expect(await f.statusOf(owed.missionId)).toBe('completed');
});

it('what drags much along goes by itself, and as much as one statement can take goes together', async () => {
  await using f = await createFixture();
  const endLongAgo = async (daysAgo: number, dragged: number) => {
    const id = await f.newMission({ endpointId: null });
    await f.db.missions.cancel(f.accountId, id);
    await f.sql.query(
      `UPDATE missions SET event_sequence = $3, finished_at = now() - $2 * interval '1 day' WHERE id = $1`,
      [id, daysAgo, dragged],
    );
    return id;
  };
  await endLongAgo(36, 50_000);
  await endLongAgo(35, 9_000);
  await endLongAgo(34, 9_000);
  await endLongAgo(33, 9_000);
  const withFiles = await endLongAgo(32, 2);
  await f.sql.query(
    `INSERT INTO workspace_files (mission_id, path, bytes, content_zstd)
     SELECT $1, n::text, 1000000, '' FROM generate_series(1, 24) n`,
    [withFiles],
  );
  const purged: number[] = [];
  do purged.push(await f.purge());
  while (purged.at(-1) !== 0);
  expect(purged).toEqual([1, 2, 1, 1, 0]);
});

it('what happened to an account goes after its retention, and what is younger or of an account that keeps more stays', async () => {
  await using f = await createFixture();
  const other = await f.db.accounts.create({ name: 'keeps', tier: 'paid', maxRunning: 1, webhookSecret: 'sealed' });
  await f.db.accounts.change({ accountId: other.id, retentionDays: 90 });
  const happened = async (accountId: string, daysAgo: number) => {
    const at = new Date(Date.now() - daysAgo * 86_400_000);
    const id = `${firstIdAt('event', at).slice(0, 16)}${createId('event').slice(16)}`;
    await f.sql.query(
      `INSERT INTO account_events (id, account_id, type) VALUES ($1, $2, 'webhook_endpoint.disabled')`,
      [id, accountId],
    );
    return id;
  };
  await happened(f.accountId, 31);
  const kept = [await happened(f.accountId, 29), await happened(other.id, 31)];
  expect(await f.db.sweep.purgeAccountEvents()).toBe(1);
  const { rows } = await f.sql.query<{ id: string }>('SELECT id FROM account_events');
  expect(new Set(rows.map(({ id }) => id))).toEqual(new Set(kept));

  const deliver = async (accountId: string, daysAgo: number) => {
    const id = createId('delivery');
    await f.sql.query(
      `INSERT INTO deliveries (id, account_id, endpoint_id, event_type, status, finished_at)
       VALUES ($1, $2, $3, 'webhook_endpoint.disabled', 'delivered', now() - $4 * interval '1 day')`,
      [id, accountId, f.endpointId, daysAgo],
    );
    return id;
  };
  await deliver(f.accountId, 31);
  const told = [await deliver(f.accountId, 29), await deliver(other.id, 31)];
  expect(await f.db.sweep.purgeAccountDeliveries()).toBe(1);
  const left = await f.sql.query<{ id: string }>('SELECT id FROM deliveries');
  expect(new Set(left.rows.map(({ id }) => id))).toEqual(new Set(told));
});

it('workers that have been gone for a day are forgotten, but not one that something still seems to run on', async () => {
  await using f = await createFixture();
  const [gone, fresh, busy] = [await f.newWorker(), await f.newWorker(), (await f.newRunning()).workerId];
  await f.sql.query(`UPDATE workers SET lease_expires_at = now() - interval '25 hours' WHERE id = ANY ($1)`, [
    [gone, busy],
  ]);
  await f.db.sweep.forgetWorkers();
  const { rows } = await f.sql.query<{ id: string }>('SELECT id FROM workers');
  expect(new Set(rows.map(({ id }) => id))).toEqual(new Set([fresh, busy]));
});

it('a child past its retention stays until its parent, which is still to be told of it, has ended', async () => {
  await using f = await createFixture();
  const run = await f.newRunning();
  await f.db.steps.commitResponse({ ...run, ...respond(1, 1) });
  const spec = { goal: 'x', model: 'sim/load', instructions: null, tools: [], modelOptions: {} };
  const child = {
    id: createId('mission'),
    step: 1,
    index: 0,
    spec: { ...spec, limits: { maxSteps: 5, maxOutputTokens: 5 } },
  };
  const waitingFor = { kind: 'children' as const, detail: {} };
  const reason = { code: 'awaiting_children', message: 'x' };
  await f.db.lease.leave({ ...run, status: 'waiting', ...reason, waitingFor, asks: [], children: [child], tries: 0 });
  await f.db.missions.pause(f.accountId, run.missionId);
  await f.db.missions.settle([await f.complete(child.id, run.workerId)]);
  await f.sql.query(`UPDATE missions SET finished_at = now() - interval '31 days' WHERE id = $1`, [child.id]);
  expect(await f.purge()).toBe(0);
  expect(await f.db.missions.answersOf(run.missionId, 1)).toMatchObject([{ answer: { status: 'completed' } }]);
  await f.db.missions.cancel(f.accountId, run.missionId);
  expect(await f.purge()).toBe(1);
});

describe('a session', () => {
  let f: Fixture;
  beforeAll(async () => {
    f = await createFixture();
  });
  afterAll(() => f[Symbol.asyncDispose]());

  const isThere = async (sessionId: string) =>
    (await f.sql.query('SELECT FROM sessions WHERE id = $1', [sessionId])).rows.length > 0;
  /** As if nothing had been done with it for so many days, and it were to be looked at. */
  const rest = (sessionId: string, days: number) =>
    f.sql.query(
      `UPDATE sessions SET updated_at = now() - $2 * interval '1 day', look_at = now() - interval '1 second' WHERE id = $1`,
      [sessionId, days],
    );

  it('that was not used for as long as its account keeps missions goes with the last of these, and its plan and memories with it', async () => {
    const [old, used, young] = [await f.newSession(), await f.newSession(), await f.newSession()];
    const run = await f.newRunning({ sessionId: old, endpointId: null });
    await f.db.memories.write({ ...run, key: 'name', content: 'Ada' });
    await f.db.lease.leave({ ...run, status: 'completed', output: 'done' });
    await f.newMission({ sessionId: used });
    for (const sessionId of [old, used]) await rest(sessionId, 31);
    await rest(young, 29);
    expect(await f.db.sweep.forgetSessions()).toBe(3);
    // Its mission is kept still.
    expect(await isThere(old)).toBe(true);
    expect(await f.db.sweep.forgetSessions()).toBe(0);

    await f.sql.query(`UPDATE missions SET finished_at = now() - interval '31 days' WHERE id = $1`, [run.missionId]);
    expect(await f.purge()).toBe(1);
    await f.sql.query(`UPDATE sessions SET look_at = now() - interval '1 second'`);
    await f.db.sweep.forgetSessions();
    const { rows } = await f.sql.query<{ id: string }>('SELECT id FROM sessions');
    expect(new Set(rows.map(({ id }) => id))).toEqual(new Set([used, young]));
    expect((await f.sql.query('SELECT FROM session_memories')).rows).toEqual([]);
  });

  it('is looked at again when it may be out of use: within a week, and not at every turn', async () => {
    const [empty, used] = [await f.newSession(), await f.newSession()];
    await f.newMission({ sessionId: used });
    await rest(empty, 29.5);
    await rest(used, 100);
    await f.db.sweep.forgetSessions();
    const { rows } = await f.sql.query<{ id: string; hours: number }>(
      `SELECT id, round(extract(epoch FROM look_at - now()) / 3600)::int AS hours FROM sessions WHERE id = ANY ($1)`,
      [[empty, used]],
    );
    expect(new Map(rows.map(({ id, hours }) => [id, hours]))).toEqual(
      new Map([
        [empty, 12],
        [used, 7 * 24],
      ]),
    );
  });

  it('was of use until the last of its missions was erased', async () => {
    const sessionId = await f.newSession();
    const missionId = await f.newMission({ sessionId });
    await f.db.missions.cancel(f.accountId, missionId);
    await rest(sessionId, 31);
    await f.db.missions.erase(f.accountId, missionId);
    expect(await f.db.sweep.forgetSessions()).toBe(1);
    expect(await isThere(sessionId)).toBe(true);
  });

  it('stays for a mission that is just being stored', async () => {
    const sessionId = await f.newSession();
    await rest(sessionId, 31);
    await using stored = await hold(
      f,
      `INSERT INTO missions (id, account_id, session_id, spec, spec_version, priority)
       VALUES ('mis_1', '${f.accountId}', '${sessionId}', '{}', 1, 5)`,
    );
    expect(await f.db.sweep.forgetSessions()).toBe(0);
    await stored.letGo();
    expect(await f.db.sweep.forgetSessions()).toBe(1);
    const { rows } = await f.sql.query(`SELECT session_id FROM missions WHERE id = 'mis_1'`);
    expect(rows).toEqual([{ session_id: sessionId }]);
  });
});
