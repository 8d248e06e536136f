import { createId } from '@flotilla/core';
import type { Database } from '@flotilla/db';
import { expect, it } from 'vitest';
import { waitFor } from '../../harness/index.ts';
import { send } from './delivery-steps.ts';
import { createFixture, type Fixture, respond, resultOf } from './fixture.ts';
import { SPEC } from './plans-fill.ts';

/** Tables that grow with each mission, and what tells their rows apart. */
const GROWING = {
  missions: ['id'],
  budgets: ['mission_id'],
  steps: ['mission_id'],
  tool_calls: ['mission_id'],
  mission_events: ['mission_id'],
  usage_records: ['mission_id'],
  idempotency_records: ['key'],
  deliveries: ['id', 'mission_id'],
  delivery_attempts: ['delivery_id'],
};
/** Postgres keeps a plan from the sixth time on. */
const KEPT_AFTER = 10;
const COPIES = 200;
const LIVES = 10;
/** Of one table: those of the mission itself, and what indexes hold of rows that were updated. */
const READ_PER_MISSION = 100;

/** All that a mission with a budget, a tool, a key and a webhook asks of the database, until its webhook is taken. */
async function live(f: Fixture, db: Database, workerId: string): Promise<void> {
  const id = createId('mission');
  const spec = { ...SPEC, budget: { usd: 1, onExhausted: 'fail' as const } };
  const { accountId, endpointId } = f;
  const mission = { id, accountId, spec, pool: 'default', priority: 5, tags: [], metadata: {}, endpointId };
  const record = { accountId, route: 'POST /v1/missions', key: id, fingerprint: '', status: 202, response: {} };
  expect(await db.missions.createOnce({ mission, record })).toMatchObject({
    kind: 'created',
  });
  const claimed = await db.lease.claim({ missionId: id, workerId });
  if (claimed === 'not_ours') throw new Error('the mission was not claimed');
  const own = { missionId: id, attempt: claimed.attempt };
  expect(await db.budgets.reserve({ ...own, number: 1, step: 1, tokens: 10, microUsd: 10 })).toMatchObject({
    kind: 'reserved',
  });
  expect(await db.steps.commitResponse({ ...own, ...respond(1, 1), reservation: 1 })).toBe('committed');
  expect(await db.steps.startToolCall({ ...own, step: 1, index: 0 })).toBe('committed');
  expect(await db.steps.commitToolResult({ ...own, ...resultOf(1, 0) })).toBe('committed');
  const left = await db.lease.leave({ ...own, status: 'completed', output: 'done' });
  if (left === 'fenced') throw new Error('the mission was not left');
  const [deliveryId] = left.deliveryIds;
  if (deliveryId === undefined) throw new Error('no delivery is owed');
  await send({ db, sql: f.sql }, deliveryId);
}

it('a deployment that grows reads no more for each mission, though its statements were planned while it was empty', async () => {
  await using f = await createFixture();
  for (const table of Object.keys(GROWING)) {
    await f.sql.query(`ALTER TABLE ${table} SET (autovacuum_enabled = false)`);
  }
  const workerId = await f.newWorker();
  await f.sql.query(`UPDATE workers SET lease_expires_at = now() + interval '1 hour'`);
  {
    // One connection, so that each statement has one plan.
    await using another = await f.openAnother({ poolSize: 1, applicationName: 'young', isPrepared: true });
    const { db } = another;
    for (let lived = 0; lived < KEPT_AFTER; lived++) await live(f, db, workerId);
    // Without what triggers and foreign keys would make of them.
    await f.sql.query(`SET session_replication_role = replica`);
    for (const [table, ids] of Object.entries(GROWING)) {
      const copied = ids.map((id) => `'${id}', t.${id} || n`).join(', ');
      await f.sql.query(
        `INSERT INTO ${table}
         SELECT (jsonb_populate_record(t, jsonb_build_object(${copied}))).* FROM ${table} t, generate_series(1, ${COPIES}) n`,
      );
    }
    await f.sql.query('SELECT pg_stat_reset()');
    for (let lived = 0; lived < LIVES; lived++) await live(f, db, workerId);
  }
  const isOpen = `SELECT FROM pg_stat_activity WHERE application_name = 'young'`;
  // What a connection has read is told when its server process ends.
  await waitFor(async () => (await f.sql.query(isOpen)).rowCount === 0, { what: 'the connection to be gone' });
  const { rows } = await f.sql.query<{ table: string; perMission: number }>(
    `SELECT relname AS table, (COALESCE(seq_tup_read, 0) + COALESCE(idx_tup_fetch, 0))::int / ${LIVES} AS "perMission"
     FROM pg_stat_user_tables WHERE relname = ANY ($1)`,
    [Object.keys(GROWING)],
  );
  expect(rows).toHaveLength(Object.keys(GROWING).length);
  expect(rows.filter(({ perMission }) => perMission > READ_PER_MISSION)).toEqual([]);
  expect(rows.find(({ table }) => table === 'missions')?.perMission).toBeGreaterThan(0);
});
