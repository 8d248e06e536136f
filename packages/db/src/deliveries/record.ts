import { DELIVERY_SLOW_AFTER_MS, type DeliveryFailure } from '@flotilla/core';
import type { Client } from '../client.ts';
import type { DeliveryLimits } from '../endpoints/room.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { runStatement } from '../statement.ts';

/** What came of one POST. `next` says what becomes of the delivery; `retry` after so many milliseconds. */
export type DeliveryResult = {
  deliveryId: string;
  attempt: number;
  durationMs: number;
  responseStatus: number | null;
  responseBody: string | null;
  error: string | null;
  /** For how long its endpoint has asked for nothing more; `null`: it has not. */
  quietMs: number | null;
  next:
    | { kind: 'delivered' }
    | { kind: 'failed'; because: Extract<DeliveryFailure, 'attempts_exhausted' | 'gone'> }
    | { kind: 'retry'; afterMs: number };
};

/** `hasWaiting`: others of its endpoint's deliveries may be waiting for the room that is now free. */
export type Recorded = { endpointId: string; hasWaiting: boolean; disabledBecause: 'gone' | 'failing' | null };

/**
 * Writes the attempt down and settles or reschedules its delivery. `null`: a newer claim holds it; nothing was written.
 *
 * What it says about the endpoint is written with it, under the endpoint's lock: that it has room again, and since when
 * it fails. One that wants no more (410), or has failed for days, is disabled, and its account is told.
 */
export async function recordDelivery(
  client: Client,
  limits: DeliveryLimits,
  result: DeliveryResult,
): Promise<Recorded | null> {
  const { next } = result;
  const status = next.kind === 'retry' ? 'pending' : next.kind;
  const afterMs = next.kind === 'retry' ? next.afterMs : 0;
  const because = next.kind === 'failed' ? next.because : null;
  const isDelivered = next.kind === 'delivered';
  const [row] = await runStatement<Recorded>(
    client,
    Prisma.sql`
      WITH endpoint AS MATERIALIZED (
        SELECT w.id, w.account_id, w.url, w.failing_since, w.held_back_at IS NOT NULL AS has_waiting,
               CASE WHEN w.disabled_at IS NOT NULL OR ${isDelivered}::boolean THEN NULL
                    WHEN ${because}::text = 'gone' THEN 'gone'
                    WHEN w.failing_since < now() - ${limits.disabledAfterMs}::float8 * interval '1 millisecond' THEN 'failing'
               END AS disabled_because
        FROM webhook_endpoints w
        WHERE w.id = (SELECT d.endpoint_id FROM deliveries d WHERE d.id = ${result.deliveryId})
        FOR NO KEY UPDATE
      ), settled AS (
        UPDATE deliveries d
        SET status = ${status}::delivery_status, claimed_at = NULL, failed_because = ${because},
            next_attempt_at = now() + ${afterMs}::float8 * interval '1 millisecond',
            finished_at = CASE ${status} WHEN 'pending' THEN NULL ELSE now() END
        FROM endpoint e
        WHERE d.id = ${result.deliveryId} AND d.endpoint_id = e.id
          AND d.attempt = ${result.attempt} AND d.status = 'pending'
        RETURNING d.id, d.endpoint_id
      ), attempted AS (
        INSERT INTO delivery_attempts (delivery_id, number, started_at, duration_ms, response_status, response_body, error)
        SELECT id, ${result.attempt}, now() - ${result.durationMs}::float8 * interval '1 millisecond',
               ${result.durationMs}::int, ${result.responseStatus}::int, ${result.responseBody}, ${result.error}
        FROM settled
      ), judged AS MATERIALIZED (
        SELECT e.* FROM endpoint e JOIN settled s ON s.endpoint_id = e.id
      ), counted AS (
        UPDATE webhook_endpoints w
        SET in_flight = GREATEST(w.in_flight - 1, 0),
            strikes = CASE WHEN ${isDelivered}::boolean AND ${result.durationMs}::int < ${DELIVERY_SLOW_AFTER_MS}::int
                           THEN 0 ELSE w.strikes + 1 END,
            failing_since = CASE WHEN ${isDelivered}::boolean THEN NULL ELSE COALESCE(w.failing_since, now()) END,
            last_delivered_at = CASE WHEN ${isDelivered}::boolean THEN now() ELSE w.last_delivered_at END,
            quiet_until = CASE WHEN ${isDelivered}::boolean THEN NULL
                               ELSE COALESCE(now() + ${result.quietMs}::float8 * interval '1 millisecond', w.quiet_until) END,
            disabled_at = CASE WHEN j.disabled_because IS NULL THEN w.disabled_at ELSE now() END,
            disabled_reason = COALESCE(j.disabled_because, w.disabled_reason),
            updated_at = CASE WHEN j.disabled_because IS NULL THEN w.updated_at ELSE now() END
        FROM judged j WHERE w.id = j.id
      ), told AS (
        INSERT INTO account_events (id, account_id, type, data)
        SELECT new_id('evt'), account_id, 'webhook_endpoint.disabled', jsonb_build_object(
                 'endpointId', id, 'url', url, 'reason', disabled_because, 'failingSince', COALESCE(failing_since, now()))
        FROM judged WHERE disabled_because IS NOT NULL
      )
      SELECT id AS "endpointId", has_waiting AS "hasWaiting", disabled_because AS "disabledBecause" FROM judged`,
  );
  return row ?? null;
}
