import { createId, firstIdAt, type JsonObject, RECOVER_MAX, WEBHOOK_TEST_EVENT } from '@flotilla/core';
import type { Client } from '../client.ts';
import type { EndpointKey } from '../endpoints/endpoints.ts';
import { isTaken } from '../errors.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { runStatement } from '../statement.ts';

/**
 * `sent`: its bell is to be rung. `in_hand`: it is being sent at this moment. `test_pending`: it is a test, and a newer one
 * of its endpoint is still on its way.
 */
export type RedeliverOutcome =
  | { kind: 'sent'; rings: number }
  | { kind: 'in_hand' }
  | { kind: 'test_pending' }
  | { kind: 'endpoint_disabled' }
  | { kind: 'not_found' };

/**
 * Sends a delivery again, now, whatever has become of it: the same id, a new timestamp, and the whole schedule from the
 * beginning. It waits for nobody's turn but for its endpoint's room.
 */
export async function redeliver(client: Client, accountId: string, deliveryId: string): Promise<RedeliverOutcome> {
  try {
    return await sendAgain(client, accountId, deliveryId);
  } catch (error) {
    if (isTaken(error)) return { kind: 'test_pending' };
    throw error;
  }
}

/** @throws a unique violation: it is a test, and another is pending */
async function sendAgain(client: Client, accountId: string, deliveryId: string): Promise<RedeliverOutcome> {
  const [row] = await runStatement<{ isDisabled: boolean; isInHand: boolean; rings: number | null }>(
    client,
    Prisma.sql`
      WITH endpoint AS MATERIALIZED (
        SELECT w.id, w.disabled_at IS NOT NULL AS is_disabled
        FROM webhook_endpoints w
        WHERE w.id = (SELECT d.endpoint_id FROM deliveries d WHERE d.id = ${deliveryId} AND d.account_id = ${accountId})
        FOR NO KEY UPDATE
      ), found AS MATERIALIZED (
        SELECT d.id, d.claimed_at IS NOT NULL AS is_in_hand, e.is_disabled
        FROM endpoint e JOIN deliveries d ON d.endpoint_id = e.id
        WHERE d.id = ${deliveryId}
        FOR NO KEY UPDATE OF d
      ), again AS (
        UPDATE deliveries d
        SET status = 'pending', attempts_before = d.attempt, finished_at = NULL, failed_because = NULL, held_back_at = NULL,
            in_slow_lane = false, rings = d.rings + 1, rung_at = now(),
            next_attempt_at = CASE WHEN d.test_of IS NULL THEN now() ELSE ${BEFORE_ALL} END
        FROM found f WHERE d.id = f.id AND NOT f.is_in_hand AND NOT f.is_disabled
        RETURNING d.id, d.rings
      )
      SELECT f.is_disabled AS "isDisabled", f.is_in_hand AS "isInHand", a.rings
      FROM found f LEFT JOIN again a ON a.id = f.id`,
  );
  if (!row) return { kind: 'not_found' };
  if (row.rings !== null) return { kind: 'sent', rings: row.rings };
  return { kind: row.isInHand ? 'in_hand' : 'endpoint_disabled' };
}

/** `hasMore`: it was cut off at as many as one recovery takes. */
export type RecoverOutcome =
  | { kind: 'recovered'; count: number; hasMore: boolean }
  | { kind: 'endpoint_disabled' }
  | { kind: 'not_found' };

/** When a test is due: what waits for an endpoint's room goes by that, the longest due first. */
const BEFORE_ALL = Prisma.sql`'epoch'::timestamptz`;

/** Ids are dated by the clock of whoever made them, and only narrow the search; `created_at` decides. */
const CLOCKS_DIFFER_MS = 3_600_000;

/**
 * Sends off anew what has failed of the events since then, the oldest first, as redelivering each would. They are held
 * back at first, so that they go out at their endpoint's pace.
 */
export async function recoverDeliveries(
  client: Client,
  { endpointId, accountId, since }: EndpointKey & { since: Date },
): Promise<RecoverOutcome> {
  const firstId = firstIdAt('delivery', new Date(since.getTime() - CLOCKS_DIFFER_MS));
  const [row] = await runStatement<{ isDisabled: boolean; count: number; hasMore: boolean }>(
    client,
    Prisma.sql`
      WITH endpoint AS MATERIALIZED (
        SELECT w.id, w.disabled_at IS NOT NULL AS is_disabled
        FROM webhook_endpoints w
        WHERE w.id = ${endpointId} AND w.account_id = ${accountId} AND w.deleted_at IS NULL
        FOR NO KEY UPDATE
      ), failed AS MATERIALIZED (
        SELECT d.id
        FROM endpoint e JOIN deliveries d ON d.endpoint_id = e.id
        WHERE NOT e.is_disabled AND d.status = 'failed' AND d.id >= ${firstId} AND d.created_at >= ${since}
          AND d.event_type <> ${WEBHOOK_TEST_EVENT}
        ORDER BY d.id
        LIMIT ${RECOVER_MAX + 1}::int
      ), taken AS MATERIALIZED (
        SELECT d.id FROM deliveries d
        WHERE d.id IN (SELECT id FROM failed ORDER BY id LIMIT ${RECOVER_MAX}::int) AND d.status::text = 'failed'
        ORDER BY d.id
        FOR NO KEY UPDATE
      ), again AS (
        UPDATE deliveries d
        SET status = 'pending', attempts_before = d.attempt, finished_at = NULL, failed_because = NULL, held_back_at = now(),
            -- In the order of the events, and due all the same.
            next_attempt_at = LEAST(d.created_at, now())
        FROM taken t WHERE d.id = t.id
        RETURNING d.id
      ), marked AS (
        UPDATE webhook_endpoints w SET held_back_at = now() FROM endpoint e WHERE w.id = e.id AND EXISTS (SELECT FROM again)
      )
      SELECT e.is_disabled AS "isDisabled", (SELECT count(*)::int FROM again) AS count,
             (SELECT count(*) > ${RECOVER_MAX}::int FROM failed) AS "hasMore"
      FROM endpoint e`,
  );
  if (!row) return { kind: 'not_found' };
  if (row.isDisabled) return { kind: 'endpoint_disabled' };
  return { kind: 'recovered', count: row.count, hasMore: row.hasMore };
}

/** `isNew` false: one that was asked for before, and is still on its way. */
export type OwedTest = { deliveryId: string; isNew: boolean };

/**
 * A test of an endpoint, sent once, also where the endpoint is disabled or asks for a pause, and before all that waits for
 * its room. Of an endpoint one is pending at most, however many ask at once. `null`: there is no such endpoint.
 */
export async function oweTest(client: Client, key: EndpointKey & { data: JsonObject }): Promise<OwedTest | null> {
  const [row] = await runStatement<{ made: string | null; pending: string | null }>(
    client,
    Prisma.sql`
      WITH endpoint AS MATERIALIZED (
        SELECT w.id, w.account_id FROM webhook_endpoints w
        WHERE w.id = ${key.endpointId} AND w.account_id = ${key.accountId} AND w.deleted_at IS NULL
      ), made AS (
        INSERT INTO deliveries (id, account_id, endpoint_id, event_type, data, test_of, next_attempt_at, rings, rung_at)
        SELECT ${createId('delivery')}, e.account_id, e.id, ${WEBHOOK_TEST_EVENT}, ${JSON.stringify(key.data)}::jsonb, e.id,
               ${BEFORE_ALL}, 1, now()
        FROM endpoint e
        ON CONFLICT DO NOTHING
        RETURNING id
      )
      SELECT (SELECT id FROM made) AS made,
             (SELECT d.id FROM deliveries d WHERE d.test_of = e.id AND d.status = 'pending') AS pending
      FROM endpoint e`,
  );
  if (!row) return null;
  if (row.made !== null) return { deliveryId: row.made, isNew: true };
  if (row.pending !== null) return { deliveryId: row.pending, isNew: false };
  // Somebody made one after this statement's snapshot was taken.
  return oweTest(client, key);
}
