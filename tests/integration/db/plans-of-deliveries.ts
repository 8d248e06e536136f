import { createId } from '@flotilla/core';
import type { Database } from '@flotilla/db';
import type { Fixture } from './fixture.ts';

const DEAD = createId('endpoint');
const DEAD_URL = 'https://dead.example';
const HANGS = createId('endpoint');

/**
 * An endpoint that is dead, with so many deliveries: every hundredth has failed, and the others wait for its room. And one
 * with as many in its account's line.
 */
export async function fillDeliveries({ sql, accountId, endpointId }: Fixture, count: number): Promise<void> {
  await sql.query(`UPDATE spare_endpoints SET since = now() - interval '1 day' WHERE endpoint_id = $1`, [endpointId]);
  await sql.query(
    `INSERT INTO webhook_endpoints (id, account_id, url, event_types, secret, held_back_at)
     VALUES ($2, $1, $3, '{}', 'sealed', now())`,
    [accountId, DEAD, DEAD_URL],
  );
  await sql.query(
    `INSERT INTO deliveries (id, account_id, endpoint_id, mission_id, event_sequence, event_type, status, finished_at, held_back_at)
     SELECT new_id('dlv'), $1, $2, 'mis_' || lpad(to_hex(n), 32, '0'), 9, 'step.completed',
            CASE WHEN n % 100 = 0 THEN 'failed' ELSE 'pending' END::delivery_status,
            CASE WHEN n % 100 = 0 THEN now() END, CASE WHEN n % 100 > 0 THEN now() END
     FROM generate_series(1, $3::int) n`,
    [accountId, DEAD, count],
  );
  await sql.query(
    `WITH hanging AS (
       INSERT INTO webhook_endpoints (id, account_id, url, event_types, secret)
       VALUES ($2, $1, 'https://hangs.example', '{}', 'sealed') RETURNING id, account_id
     )
     INSERT INTO deliveries (id, account_id, endpoint_id, event_type, data, held_back_at, in_slow_lane)
     SELECT new_id('dlv'), account_id, id, 'webhook_endpoint.disabled', '{}', now(), true
     FROM hanging, generate_series(1, $3::int)`,
    [accountId, HANGS, count],
  );
}

const named = (accountId: string) => ({ accountId, url: 'https://named.example', secret: null, secretHash: '' });

/** What is asked and done about deliveries, and the rows that each may read at most. */
export async function deliveryCases(
  { sql, accountId }: Fixture,
  missionId: string,
): Promise<[name: string, atMost: number, run: (db: Database) => Promise<unknown>][]> {
  const { rows } = await sql.query<{ id: string }>(
    `SELECT id FROM deliveries WHERE status = 'pending' AND NOT in_slow_lane LIMIT 100`,
  );
  const [held = '', ...many] = rows.map(({ id }) => id);
  const answer = { durationMs: 1, responseStatus: 500, responseBody: null, error: null, quietMs: null };
  const posted = { attempt: 1, url: DEAD_URL, ...answer };
  const next = { kind: 'retry', afterMs: 0 } as const;
  const record = (db: Database, deliveryId: string) => db.deliveries.record({ deliveryId, ...posted, next });
  const page = { accountId, before: null, limit: 100 };
  const dead = { accountId, endpointId: DEAD };
  const since = new Date(Date.now() - 3_600_000);
  return [
    ['a page of deliveries', 150, (db) => db.deliveries.list(page)],
    ['a page of the deliveries of an endpoint', 150, (db) => db.deliveries.list({ ...dead, ...page })],
    ['a page of what failed at an endpoint', 150, (db) => db.deliveries.list({ ...dead, ...page, status: 'failed' })],
    [
      'a page of what an endpoint has taken',
      150,
      (db) => db.deliveries.list({ ...dead, ...page, status: 'delivered' }),
    ],
    ['a page of what was delivered', 150, (db) => db.deliveries.list({ ...page, status: 'delivered' })],
    ['a page of what is owed', 150, (db) => db.deliveries.list({ ...page, status: 'pending' })],
    ['a page of what failed', 150, (db) => db.deliveries.list({ ...page, status: 'failed' })],
    ['the deliveries of a mission', 20, (db) => db.deliveries.list({ ...page, missionId })],
    ['a delivery', 20, (db) => db.deliveries.read(accountId, held)],
    ['the attempts of a delivery', 20, (db) => db.deliveries.attempts({ deliveryId: held, after: 0, limit: 100 })],
    ['a claim of what is held back', 30, (db) => db.deliveries.claim(held)],
    ['99 claims of what is held back', 3_000, (db) => Promise.all(many.map((id) => db.deliveries.claim(id)))],
    ['a release', 20, (db) => db.deliveries.release({ deliveryId: held, attempt: 1, afterMs: 0 })],
    ['a record', 30, (db) => record(db, held)],
    ['99 records that come too late', 300, (db) => Promise.all(many.map((id) => record(db, id)))],
    ['wake an endpoint', 30, (db) => db.deliveries.wake(DEAD)],
    ['a test', 30, (db) => db.deliveries.oweTest({ ...dead, data: {} })],
    ['wake an account', 30, (db) => db.deliveries.wakeSlow({ accountId, made: 1 })],
    ['wake every endpoint and account', 100, (db) => db.sweep.wakeDeliveries()],
    ['repair of endpoints', 50, (db) => db.sweep.repairEndpoints()],
    ['an endpoint that a mission names', 20, (db) => db.endpoints.ensureForMission(named(accountId))],
    ['endpoints that are spare', 20, (db) => db.sweep.forgetEndpoints()],
    ['a redelivery', 30, (db) => db.deliveries.redeliver(accountId, held)],
    ['a recovery of an endpoint', 1_000, (db) => db.deliveries.recover({ ...dead, since })],
  ];
}
