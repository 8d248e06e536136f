import type { JsonObject, MissionStatus, Usage } from '@flotilla/core';
import { DELIVERY_CLAIM_MS, WEBHOOK_OUTPUT_UP_TO_BYTES, WEBHOOK_TEST_EVENT } from '@flotilla/core';
import type { Client } from '../client.ts';
import { type DeliveryLimits, IS_SLOW, mostInFlight, slowInHand } from '../endpoints/room.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { lookedUp, recordset, runStatement } from '../statement.ts';
import { HELD, type Held } from './held.ts';

/** All that one POST needs. Secrets are sealed; the endpoint's sign, or, where it has none, the account's; after a rotation two. */
export type ClaimedDelivery = {
  id: string;
  accountId: string;
  /** The ordinal of this claim, and its fencing token. */
  attempt: number;
  /** The same, counted from when it was last sent off: its place in the schedule. */
  tries: number;
  /** How often it has been rung; the next bell is one more. */
  rings: number;
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
    /** All of it, if it may travel along; if not, more than may. */
    output: string | null;
    usage: Usage;
    metadata: JsonObject;
  } | null;
};

/** `takesSlow`: whether the claimer has room for a delivery to a slow endpoint. */
export type DeliveryClaim = { deliveryId: string; takesSlow: boolean };

/** `null`: it is not to be sent now, or not to be sent any more. */
type DeliveryClaimOutcome = ClaimedDelivery | null | Held;

type ClaimRow = ClaimedDelivery | { id: string; attempt: null };

const IS_DUE = Prisma.sql`d.status::text = 'pending' AND d.next_attempt_at <= now()`;

/**
 * Takes due deliveries in hand: raises their attempt and moves their time on by longer than a POST can take. If the
 * worker dies with one, it is due again then; if it was slow instead, its record is fenced off by the next claim.
 *
 * An endpoint has a bounded number in hand, counted in its row, which is locked first, so that the bound is exact
 * however many claim at once; of a batch, those it has in hand already and the longest due come first. What is beyond
 * it, or may not be sent yet (Retry-After), is held back: it has no bell from then on, and whoever makes room rings it.
 * So a dead receiver's backlog lies in nobody's way. What is owed to an endpoint that is disabled fails here, and can be
 * recovered; a test of one is sent all the same, in its turn.
 *
 * To all its slow endpoints together an account has a bounded number in hand too: endpoints cost nothing to name, and
 * one account's, hanging, took all that slow ones may have. Those beyond it, or beyond the claimer's own room for slow
 * ones, stand in their account's line. This bound is looked at and not locked: other workers' claims of the same moment
 * are not seen, and until some of theirs are over an account may have as many again for each of them.
 *
 * Nobody is waited for: an endpoint that somebody has locked holds up its own deliveries, and not those of others that
 * travel in the batch.
 */
export async function claimDeliveries(
  client: Client,
  limits: DeliveryLimits,
  claims: DeliveryClaim[],
): Promise<DeliveryClaimOutcome[]> {
  const rows = await runStatement<ClaimRow>(
    client,
    Prisma.sql`
      WITH input AS MATERIALIZED (
        SELECT * FROM ${recordset(claims)} AS i("deliveryId" text, "takesSlow" boolean)
        WHERE ${lookedUp('deliveryId')}
      ), wanted AS MATERIALIZED (
        SELECT d.id, d.endpoint_id, i."takesSlow" AS takes_slow
        FROM input i JOIN deliveries d ON d.id = i."deliveryId"
        WHERE ${IS_DUE}
      ), endpoint AS MATERIALIZED (
        SELECT w.id, w.account_id, w.disabled_at, w.deleted_at, w.quiet_until, w.in_flight,
               ${mostInFlight(limits)} AS most, ${IS_SLOW} AS is_slow
        FROM webhook_endpoints w
        WHERE w.id IN (SELECT endpoint_id FROM wanted)
        ORDER BY w.id
        FOR NO KEY UPDATE SKIP LOCKED
      ), found AS MATERIALIZED (
        SELECT d.id, d.endpoint_id, d.next_attempt_at, d.event_type = ${WEBHOOK_TEST_EVENT} AS is_test,
               d.claimed_at IS NOT NULL AS is_in_hand, n.takes_slow
        FROM wanted n JOIN endpoint e ON e.id = n.endpoint_id JOIN deliveries d ON d.id = n.id
        WHERE ${IS_DUE}
        ORDER BY d.id
        FOR NO KEY UPDATE OF d SKIP LOCKED
      ), judged AS MATERIALIZED (
        SELECT f.*, e.account_id, e.in_flight, e.most, e.is_slow, e.deleted_at,
               CASE WHEN e.deleted_at IS NOT NULL OR e.disabled_at IS NOT NULL AND NOT f.is_test THEN 'refused'
                    WHEN e.quiet_until > now() AND NOT f.is_test THEN 'held_back'
                    ELSE 'if_it_fits' END AS verdict
        FROM found f JOIN endpoint e ON e.id = f.endpoint_id
      ), ranked AS MATERIALIZED (
        -- What is in hand has its place already.
        SELECT j.id, j.endpoint_id, j.account_id, j.next_attempt_at, j.is_in_hand, j.is_slow, j.deleted_at,
               CASE WHEN j.verdict <> 'if_it_fits' THEN j.verdict
                    WHEN j.in_flight - count(*) FILTER (WHERE j.is_in_hand) OVER beside
                         + row_number() OVER (
                             PARTITION BY j.endpoint_id, j.verdict
                             ORDER BY j.is_in_hand DESC, j.is_slow AND NOT j.takes_slow, j.next_attempt_at, j.id
                           ) > j.most THEN 'held_back'
                    WHEN j.is_slow AND NOT j.takes_slow THEN 'in_line'
                    ELSE 'claimed' END AS verdict
        FROM judged j
        WINDOW beside AS (PARTITION BY j.endpoint_id)
      ), room AS MATERIALIZED (
        SELECT a.account_id, ${limits.toSlowPerAccount}::int - ${slowInHand(Prisma.sql`a.account_id`)} AS most
        FROM (SELECT DISTINCT account_id FROM ranked WHERE verdict = 'claimed' AND is_slow) a
      ), settled AS MATERIALIZED (
        SELECT r.id, r.endpoint_id, r.is_in_hand, r.is_slow, r.deleted_at,
               CASE WHEN r.verdict = 'claimed' AND r.is_slow AND NOT r.is_in_hand
                         AND row_number() OVER (
                               PARTITION BY r.account_id, r.verdict, r.is_slow, r.is_in_hand ORDER BY r.next_attempt_at, r.id
                             ) > o.most THEN 'in_line'
                    ELSE r.verdict END AS verdict
        FROM ranked r LEFT JOIN room o ON o.account_id = r.account_id
      ), claimed AS (
        UPDATE deliveries d
        SET attempt = d.attempt + 1, claimed_at = now(), held_back_at = NULL, in_slow_lane = r.is_slow,
            next_attempt_at = now() + ${DELIVERY_CLAIM_MS}::int * interval '1 millisecond'
        FROM settled r WHERE d.id = r.id AND r.verdict = 'claimed'
        RETURNING d.*, r.is_slow
      ), not_sent AS (
        UPDATE deliveries d
        SET claimed_at = NULL,
            held_back_at = CASE WHEN r.verdict <> 'refused' THEN now() END,
            in_slow_lane = r.verdict = 'in_line',
            status = CASE r.verdict WHEN 'refused' THEN 'failed' ELSE d.status END,
            finished_at = CASE r.verdict WHEN 'refused' THEN now() END,
            failed_because = CASE WHEN r.verdict <> 'refused' THEN NULL
                                  WHEN r.deleted_at IS NULL THEN 'endpoint_disabled' ELSE 'endpoint_deleted' END
        FROM settled r WHERE d.id = r.id AND r.verdict <> 'claimed'
      ), counted AS (
        UPDATE webhook_endpoints w
        SET in_flight = GREATEST(w.in_flight + c.more, 0),
            -- It has an index: set with every refusal, no update of the row would stay within its page.
            held_back_at = CASE WHEN c.holds_back AND COALESCE(w.held_back_at < now() - interval '10 seconds', true)
                                THEN now() ELSE w.held_back_at END
        FROM (
          SELECT endpoint_id, sum((verdict = 'claimed')::int - is_in_hand::int)::int AS more,
                 bool_or(verdict = 'held_back') AS holds_back
          FROM settled GROUP BY endpoint_id
        ) c
        WHERE w.id = c.endpoint_id
      )
      SELECT n.id, d.account_id AS "accountId", d.attempt, d.attempt - d.attempts_before AS tries, d.rings, w.url,
             d.is_slow AS "isSlow",
             d.event_type AS "eventType", d.event_sequence AS "eventSequence",
             COALESCE(e.created_at, d.created_at) AS "occurredAt", now() AS now, m.traceparent, COALESCE(e.data, d.data, '{}') AS data,
             ARRAY(SELECT s FROM unnest(ARRAY[
               COALESCE(w.secret, a.webhook_secret),
               CASE WHEN w.previous_secret_expires_at > now() THEN w.previous_secret END,
               CASE WHEN w.secret IS NULL AND a.previous_webhook_secret_expires_at > now()
                    THEN a.previous_webhook_secret END]) AS s
             WHERE s IS NOT NULL) AS "sealedSecrets",
             CASE WHEN m.id IS NOT NULL THEN jsonb_build_object(
               'id', m.id, 'status', m.status, 'metadata', m.metadata,
               'output', left(m.output, ${WEBHOOK_OUTPUT_UP_TO_BYTES}::int + 1),
               'statusReason', CASE WHEN m.status_code IS NOT NULL THEN
                 jsonb_build_object('code', m.status_code, 'message', m.status_message, 'at', m.status_at) END,
               'usage', jsonb_build_object(
                 'inputTokens', m.input_tokens, 'outputTokens', m.output_tokens,
                 'cachedInputTokens', m.cached_input_tokens,
                 'costMicroUsd', CASE WHEN NOT m.cost_unknown THEN m.cost_micro_usd END)) END AS mission
      FROM wanted n
      LEFT JOIN found f ON f.id = n.id
      LEFT JOIN claimed d ON d.id = n.id
      LEFT JOIN webhook_endpoints w ON w.id = d.endpoint_id
      LEFT JOIN accounts a ON a.id = d.account_id
      LEFT JOIN missions m ON m.id = d.mission_id
      LEFT JOIN mission_events e ON e.mission_id = d.mission_id AND e.sequence = d.event_sequence
      WHERE d.id IS NOT NULL OR f.id IS NULL`,
  );
  const byId = new Map(rows.map((row) => [row.id, row]));
  return claims.map(({ deliveryId }) => {
    const row = byId.get(deliveryId);
    if (!row) return null;
    return row.attempt === null ? HELD : row;
  });
}

/** Takes back a delivery's bell: the next sweep rings it, as soon as nobody has it or its endpoint locked any more. */
export async function leaveToSweep(client: Client, deliveryId: string): Promise<void> {
  await runStatement(
    client,
    Prisma.sql`
      WITH due AS MATERIALIZED (
        SELECT d.id FROM deliveries d WHERE d.id = ${deliveryId} AND ${IS_DUE}
        FOR NO KEY UPDATE SKIP LOCKED
      )
      UPDATE deliveries d SET rung_at = NULL FROM due WHERE d.id = due.id`,
  );
}
