import {
  DELIVERY_SLOW_AFTER_MS,
  type DeliveryFailure,
  ENDPOINT_STRIKES_UNTIL_DISABLED,
  WEBHOOK_TEST_EVENT,
} from '@flotilla/core';
import type { Client } from '../client.ts';
import { type DeliveryLimits, IS_SLOW } from '../endpoints/room.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { lookedUp, recordset, runStatement } from '../statement.ts';
import { HELD, type Held } from './held.ts';
import type { SlowRoomMade } from './wake.ts';

/** What came of one POST. `next` says what becomes of the delivery; `retry` after so many milliseconds. */
export type DeliveryResult = {
  deliveryId: string;
  attempt: number;
  /** Where it was sent, as it was claimed: its endpoint may have moved since. */
  url: string;
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

/**
 * `wakes`: for so many of its endpoint's deliveries that wait there is room now; 0: none waits, or another record of the
 * batch says so. `slowRoom`: its account has room for so many more to slow endpoints; `null`: as it had, or another says
 * so. `disabledBecause`: why this record has disabled its endpoint, if it has. `isSentOn`: it was to have failed as gone, at
 * an address that its endpoint has left since, and is due at the new one instead.
 */
export type Recorded = {
  endpointId: string;
  wakes: number;
  slowRoom: SlowRoomMade | null;
  disabledBecause: 'gone' | 'failing' | null;
  isSentOn: boolean;
};

/** `null`: a newer claim holds it; nothing was written. */
type RecordOutcome = Recorded | null | Held;

type RecordRow = { deliveryId: string } & (Recorded | { endpointId: null });

/** Its newest claim, and not settled. */
const IS_OURS = Prisma.sql`d.attempt = i.attempt AND d.status::text = 'pending'`;

/**
 * Writes attempts down and settles or reschedules their deliveries.
 *
 * What they say about their endpoints is written with them, under the endpoints' locks, as if one had been recorded
 * after the other in the order given: that there is room again, and since when it fails. An endpoint that wants no more
 * (410), or has failed for days and often, is disabled, and its account is told. As with a claim, nobody is waited for.
 *
 * A test counts for its endpoint and not against it: its receiver may be yet to come, and who asked sees what came of it.
 *
 * An answer from an address that the endpoint has left since makes room like any other, and says nothing of the new one,
 * which nobody has called yet.
 *
 * Whatever of an endpoint still stands in its account's line for slow ones when it turns out to be none, or is disabled,
 * is its own to wake from then on.
 */
export async function recordDeliveries(
  client: Client,
  limits: DeliveryLimits,
  results: DeliveryResult[],
): Promise<RecordOutcome[]> {
  const items = results.map(({ next, ...result }, place) => ({
    ...result,
    place,
    status: next.kind === 'retry' ? 'pending' : next.kind,
    afterMs: next.kind === 'retry' ? next.afterMs : 0,
    because: next.kind === 'failed' ? next.because : null,
  }));
  const rows = await runStatement<RecordRow>(
    client,
    Prisma.sql`
      WITH input AS MATERIALIZED (
        SELECT * FROM ${recordset(items)}
          AS i("deliveryId" text, attempt int, url text, place int, status text, "afterMs" float8, because text, "durationMs" int,
               "responseStatus" int, "responseBody" text, error text, "quietMs" float8)
        WHERE ${lookedUp('deliveryId')}
      ), wanted AS MATERIALIZED (
        SELECT i.*, d.endpoint_id
        FROM input i JOIN deliveries d ON d.id = i."deliveryId"
        WHERE ${IS_OURS}
      ), endpoint AS MATERIALIZED (
        SELECT w.id, w.account_id, w.url, w.failing_since, w.strikes, w.disabled_at IS NOT NULL AS is_disabled,
               w.held_back_at IS NOT NULL AS has_waiting,
               CASE WHEN ${IS_SLOW} THEN EXISTS (
                 SELECT FROM deliveries l WHERE l.endpoint_id = w.id AND l.status = 'pending' AND l.held_back_at IS NOT NULL)
               ELSE false END AS has_line
        FROM webhook_endpoints w
        WHERE w.id IN (SELECT endpoint_id FROM wanted)
        ORDER BY w.id
        FOR NO KEY UPDATE SKIP LOCKED
      ), owned AS MATERIALIZED (
        SELECT i.*, i.status = 'delivered' AS is_delivered, i.url = e.url AS is_of_now,
               i.url <> e.url AND i.because IS NOT DISTINCT FROM 'gone' AS is_sent_on, d.in_slow_lane, d.account_id,
               d.event_type = ${WEBHOOK_TEST_EVENT} AS is_test
        FROM wanted i JOIN endpoint e ON e.id = i.endpoint_id
        JOIN deliveries d ON d.id = i."deliveryId" AND ${IS_OURS}
        ORDER BY d.id
        FOR NO KEY UPDATE OF d SKIP LOCKED
      ), settled AS (
        UPDATE deliveries d
        SET status = CASE WHEN o.is_sent_on THEN 'pending' ELSE o.status::delivery_status END,
            claimed_at = NULL, in_slow_lane = false,
            failed_because = CASE WHEN NOT o.is_sent_on THEN o.because END,
            next_attempt_at = now() + o."afterMs" * interval '1 millisecond',
            finished_at = CASE WHEN o.status <> 'pending' AND NOT o.is_sent_on THEN now() END
        FROM owned o WHERE d.id = o."deliveryId"
      ), attempted AS (
        INSERT INTO delivery_attempts (delivery_id, number, started_at, duration_ms, response_status, response_body, error)
        SELECT "deliveryId", attempt, now() - "durationMs" * interval '1 millisecond', "durationMs", "responseStatus",
               "responseBody", error
        FROM owned
      ), ordered AS MATERIALIZED (
        SELECT o.endpoint_id, o.place, o.is_delivered, o.is_test, o.because, o."quietMs",
               count(*) FILTER (WHERE NOT o.is_test) OVER (beside ORDER BY o.place) AS counted,
               min(o.place) FILTER (WHERE o.is_delivered) OVER beside AS first_delivered,
               max(o.place) FILTER (WHERE o.is_delivered) OVER beside AS last_delivered,
               max(o.place) FILTER (
                 WHERE o.is_delivered AND o."durationMs" < ${DELIVERY_SLOW_AFTER_MS}::int
               ) OVER beside AS last_in_time
        FROM owned o WHERE o.is_of_now
        WINDOW beside AS (PARTITION BY o.endpoint_id)
      ), disabled AS MATERIALIZED (
        SELECT DISTINCT ON (o.endpoint_id) e.id, e.account_id, e.url, o.place,
               COALESCE(e.failing_since, now()) AS failing_since,
               CASE o.because WHEN 'gone' THEN 'gone' ELSE 'failing' END AS because
        FROM ordered o JOIN endpoint e ON e.id = o.endpoint_id
        WHERE NOT e.is_disabled AND NOT o.is_delivered
          AND (o.because = 'gone'
               OR NOT o.is_test AND o.place < COALESCE(o.first_delivered, o.place + 1)
                  AND e.strikes + o.counted >= ${ENDPOINT_STRIKES_UNTIL_DISABLED}::int
                  AND e.failing_since < now() - ${limits.disabledAfterMs}::float8 * interval '1 millisecond')
        ORDER BY o.endpoint_id, o.place
      ), slow_room AS MATERIALIZED (
        SELECT account_id, max(place) AS last_place, count(*)::int AS made
        FROM owned WHERE in_slow_lane GROUP BY account_id
      ), freed AS MATERIALIZED (
        SELECT endpoint_id, max(place) AS last_place, count(*)::int AS made FROM owned GROUP BY endpoint_id
      ), summed AS MATERIALIZED (
        SELECT o.endpoint_id, bool_or(o.is_delivered) AS is_delivered,
               bool_or(NOT o.is_test AND o.place > COALESCE(o.last_delivered, -1)) AS fails,
               max(o.last_in_time) AS last_in_time,
               count(*) FILTER (WHERE NOT o.is_test AND o.place > COALESCE(o.last_in_time, -1))::int AS strikes,
               bool_or(o.is_delivered OR o."quietMs" IS NOT NULL) AS says_when,
               (array_agg(CASE WHEN NOT o.is_delivered THEN o."quietMs" END ORDER BY o.place DESC)
                  FILTER (WHERE o.is_delivered OR o."quietMs" IS NOT NULL))[1] AS quiet_ms
        FROM ordered o GROUP BY o.endpoint_id
      ), counted AS (
        UPDATE webhook_endpoints w
        SET in_flight = GREATEST(w.in_flight - f.made, 0),
            strikes = CASE WHEN s.last_in_time IS NULL THEN w.strikes ELSE 0 END + COALESCE(s.strikes, 0),
            failing_since = CASE WHEN s.is_delivered THEN CASE WHEN s.fails THEN now() END
                                 WHEN s.fails THEN COALESCE(w.failing_since, now()) ELSE w.failing_since END,
            last_delivered_at = CASE WHEN s.is_delivered THEN now() ELSE w.last_delivered_at END,
            quiet_until = CASE WHEN s.says_when THEN now() + s.quiet_ms * interval '1 millisecond' ELSE w.quiet_until END,
            held_back_at = CASE WHEN e.has_line AND (g.id IS NOT NULL OR s.last_in_time IS NOT NULL
                                                     OR w.last_delivered_at IS NULL AND s.is_delivered)
                                THEN now() ELSE w.held_back_at END,
            disabled_at = CASE WHEN g.id IS NULL THEN w.disabled_at ELSE now() END,
            disabled_reason = COALESCE(g.because, w.disabled_reason),
            updated_at = CASE WHEN g.id IS NULL THEN w.updated_at ELSE now() END
        FROM freed f JOIN endpoint e ON e.id = f.endpoint_id LEFT JOIN summed s ON s.endpoint_id = f.endpoint_id
        LEFT JOIN disabled g ON g.id = f.endpoint_id
        WHERE w.id = f.endpoint_id
      ), told AS (
        INSERT INTO account_events (id, account_id, type, data)
        SELECT new_id('evt'), account_id, 'webhook_endpoint.disabled', jsonb_build_object(
                 'endpointId', id, 'url', url, 'reason', because, 'failingSince', failing_since)
        FROM disabled
      )
      SELECT i."deliveryId", o.endpoint_id AS "endpointId", g.because AS "disabledBecause", o.is_sent_on AS "isSentOn",
             CASE WHEN (e.has_waiting OR e.has_line) AND i.place = f.last_place THEN f.made ELSE 0 END AS wakes,
             CASE WHEN i.place = r.last_place
                  THEN json_build_object('accountId', r.account_id, 'made', r.made) END AS "slowRoom"
      FROM wanted i
      LEFT JOIN owned o ON o."deliveryId" = i."deliveryId"
      LEFT JOIN freed f ON f.endpoint_id = o.endpoint_id
      LEFT JOIN endpoint e ON e.id = o.endpoint_id
      LEFT JOIN slow_room r ON r.account_id = o.account_id
      LEFT JOIN disabled g ON g.id = o.endpoint_id AND g.place = o.place`,
  );
  const byId = new Map(rows.map(({ deliveryId, ...row }) => [deliveryId, row]));
  return results.map(({ deliveryId }) => {
    const row = byId.get(deliveryId);
    if (!row) return null;
    return row.endpointId === null ? HELD : row;
  });
}
