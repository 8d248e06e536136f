import type { JsonObject, MissionStatus, Usage } from '@flotilla/core';
import { DELIVERY_CLAIM_MS, WEBHOOK_TEST_EVENT } from '@flotilla/core';
import type { Client } from '../client.ts';
import { type DeliveryLimits, IS_SLOW, mostInFlight } from '../endpoints/room.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { runStatement } from '../statement.ts';

/** All that one POST needs. Secrets are sealed; the endpoint's sign, or, where it has none, the account's. */
export type ClaimedDelivery = {
  id: string;
  /** The ordinal of this claim, and its fencing token. */
  attempt: number;
  /** The same, counted from when it was last sent off: its place in the schedule. */
  tries: number;
  url: string;
  sealedSecrets: string[];
  /** Its endpoint answers late, or not at all. */
  isSlow: boolean;
  eventType: string;
  eventSequence: number | null;
  occurredAt: Date;
  /** The database's clock, for the signature: receivers refuse timestamps far from theirs. */
  now: Date;
  /** The trace its mission belongs to, as W3C's header has it. */
  traceparent: string | null;
  /** What the event itself says. */
  data: JsonObject;
  /** As it is now; `null` where the event is no mission's. */
  mission: {
    id: string;
    status: MissionStatus;
    statusReason: JsonObject | null;
    output: string | null;
    usage: Usage;
    metadata: JsonObject;
  } | null;
};

/** `takesSlow`: whether the claimer has room for a delivery to a slow endpoint. */
export type DeliveryClaim = { deliveryId: string; takesSlow: boolean };

/**
 * Takes a due delivery in hand: raises its attempt and moves its time on by longer than a POST can take. If the worker
 * dies with it, it is due again then; if it was slow instead, its record is fenced off by the next claim.
 *
 * An endpoint has a bounded number in hand, counted in its row, which is locked first, so that the bound is exact
 * however many claim at once. What is beyond it, or may not be sent yet (Retry-After), is held back: it has no bell from
 * then on, and whoever makes room rings it. So a dead receiver's backlog lies in nobody's way. What is owed to an endpoint
 * that is disabled fails here, and can be recovered.
 */
export async function claimDelivery(
  client: Client,
  limits: DeliveryLimits,
  { deliveryId, takesSlow }: DeliveryClaim,
): Promise<ClaimedDelivery | null> {
  const [row] = await runStatement<ClaimedDelivery>(
    client,
    Prisma.sql`
      WITH endpoint AS MATERIALIZED (
        SELECT w.id, w.disabled_at, w.deleted_at, w.quiet_until, w.in_flight, ${mostInFlight(limits)} AS most,
               ${IS_SLOW} AS is_slow
        FROM webhook_endpoints w
        WHERE w.id = (SELECT d.endpoint_id FROM deliveries d WHERE d.id = ${deliveryId})
        FOR NO KEY UPDATE
      ), found AS MATERIALIZED (
        SELECT d.id, d.endpoint_id, d.event_type = ${WEBHOOK_TEST_EVENT} AS is_test, d.claimed_at IS NOT NULL AS is_in_hand
        FROM endpoint e JOIN deliveries d ON d.endpoint_id = e.id
        WHERE d.id = ${deliveryId} AND d.status::text = 'pending' AND d.next_attempt_at <= now()
        FOR NO KEY UPDATE OF d
      ), judged AS MATERIALIZED (
        SELECT f.*, e.is_slow, e.deleted_at,
               CASE WHEN e.deleted_at IS NOT NULL OR e.disabled_at IS NOT NULL AND NOT f.is_test THEN 'refused'
                    WHEN f.is_test THEN 'claimed'
                    WHEN e.quiet_until > now() OR e.in_flight - f.is_in_hand::int >= e.most THEN 'held_back'
                    WHEN e.is_slow AND NOT ${takesSlow}::boolean THEN 'held_back'
                    ELSE 'claimed' END AS verdict
        FROM found f JOIN endpoint e ON e.id = f.endpoint_id
      ), claimed AS (
        UPDATE deliveries d
        SET attempt = d.attempt + 1, claimed_at = now(), held_back_at = NULL,
            next_attempt_at = now() + ${DELIVERY_CLAIM_MS}::int * interval '1 millisecond'
        FROM judged j WHERE d.id = j.id AND j.verdict = 'claimed'
        RETURNING d.*, j.is_slow
      ), not_sent AS (
        UPDATE deliveries d
        SET claimed_at = NULL,
            held_back_at = CASE j.verdict WHEN 'held_back' THEN now() END,
            status = CASE j.verdict WHEN 'refused' THEN 'failed' ELSE d.status END,
            finished_at = CASE j.verdict WHEN 'refused' THEN now() END,
            failed_because = CASE WHEN j.verdict <> 'refused' THEN NULL
                                  WHEN j.deleted_at IS NULL THEN 'endpoint_disabled' ELSE 'endpoint_deleted' END
        FROM judged j WHERE d.id = j.id AND j.verdict <> 'claimed'
      ), counted AS (
        UPDATE webhook_endpoints w
        SET in_flight = GREATEST(w.in_flight + (j.verdict = 'claimed')::int - j.is_in_hand::int, 0),
            held_back_at = CASE j.verdict WHEN 'held_back' THEN now() ELSE w.held_back_at END
        FROM judged j WHERE w.id = j.endpoint_id
      )
      SELECT d.id, d.attempt, d.attempt - d.attempts_before AS tries, w.url, d.is_slow AS "isSlow",
             d.event_type AS "eventType", d.event_sequence AS "eventSequence",
             COALESCE(e.created_at, d.created_at) AS "occurredAt", now() AS now, m.traceparent, COALESCE(e.data, d.data, '{}') AS data,
             ARRAY(SELECT s FROM unnest(ARRAY[
               COALESCE(w.secret, a.webhook_secret),
               CASE WHEN w.previous_secret_expires_at > now() THEN w.previous_secret END]) AS s
             WHERE s IS NOT NULL) AS "sealedSecrets",
             CASE WHEN m.id IS NOT NULL THEN jsonb_build_object(
               'id', m.id, 'status', m.status, 'output', m.output, 'metadata', m.metadata,
               'statusReason', CASE WHEN m.status_code IS NOT NULL THEN
                 jsonb_build_object('code', m.status_code, 'message', m.status_message, 'at', m.status_at) END,
               'usage', jsonb_build_object(
                 'inputTokens', m.input_tokens, 'outputTokens', m.output_tokens,
                 'cachedInputTokens', m.cached_input_tokens,
                 'costMicroUsd', CASE WHEN NOT m.cost_unknown THEN m.cost_micro_usd END)) END AS mission
      FROM claimed d
      JOIN webhook_endpoints w ON w.id = d.endpoint_id
      JOIN accounts a ON a.id = d.account_id
      LEFT JOIN missions m ON m.id = d.mission_id
      LEFT JOIN mission_events e ON e.mission_id = d.mission_id AND e.sequence = d.event_sequence`,
  );
  return row ?? null;
}
