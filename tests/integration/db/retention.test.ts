import { createId, firstIdAt } from '@flotilla/core';
import { expect, it } from 'vitest';
import { createFixture, respond, resultOf } from './fixture.ts';

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

  expect(await f.db.sweep.purgeEnded()).toBe(1);
  expect(await f.db.sweep.purgeEnded()).toBe(0);
  const left = await f.db.missions.list({ accountId: f.accountId, before: null, limit: 10 });
  expect(new Set(left.map((mission) => mission.id))).toEqual(new Set([owed.missionId, young.missionId, unfinished]));
  for (const table of ['steps', 'tool_calls', 'mission_events', 'deliveries']) {
    const { rows } = await f.sql.query(`SELECT 1 FROM ${table} WHERE mission_id = $1`, [old.missionId]);
    expect({ table, rows }).toEqual({ table, rows: [] });
  }
  const { rows } = await f.sql.query('SELECT 1 FROM usage_records WHERE mission_id = $1', [old.missionId]);
  expect(rows).toHaveLength(1);
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
  await f.db.sweep.purgeEnded();
  const { rows } = await f.sql.query<{ id: string }>('SELECT id FROM account_events');
  expect(new Set(rows.map(({ id }) => id))).toEqual(new Set(kept));
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
  expect(await f.db.sweep.purgeEnded()).toBe(0);
  expect(await f.db.missions.answersOf(run.missionId, 1)).toMatchObject([{ answer: { status: 'completed' } }]);
  await f.db.missions.cancel(f.accountId, run.missionId);
  expect(await f.db.sweep.purgeEnded()).toBe(1);
});
