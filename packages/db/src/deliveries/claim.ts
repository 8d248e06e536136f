import type { JsonObject, MissionStatus, Usage } from '@flotilla/core';
import { DELIVERY_CLAIM_MS } from '@flotilla/core';
import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { runStatement } from '../statement.ts';

/** All that one POST needs. Secrets are sealed; the endpoint's sign, or, where it has none, the account's. */
export type ClaimedDelivery = {
  id: string;
  /** The ordinal of this claim, and its fencing token. */
  attempt: number;
  url: string;
  sealedSecrets: string[];
  eventType: string;
  eventSequence: number;
  occurredAt: Date;
  /** The database's clock, for the signature: receivers refuse timestamps far from theirs. */
  now: Date;
  mission: {
    id: string;
    status: MissionStatus;
    statusReason: JsonObject | null;
    output: string | null;
    usage: Usage;
    metadata: JsonObject;
  };
};

/**
 * Takes a due delivery in hand: raises its attempt and moves its time on by longer than a POST can take. If the worker
 * dies with it, it is due again then; if it was slow instead, its record is fenced off by the next claim.
 */
export async function claimDelivery(client: Client, deliveryId: string): Promise<ClaimedDelivery | null> {
  const [row] = await runStatement<ClaimedDelivery>(
    client,
    Prisma.sql`
      WITH claimed AS (
        UPDATE deliveries
        SET attempt = attempt + 1, next_attempt_at = now() + ${DELIVERY_CLAIM_MS}::int * interval '1 millisecond'
        WHERE id = ${deliveryId} AND status = 'pending' AND next_attempt_at <= now()
        RETURNING *
      )
      SELECT d.id, d.attempt, w.url, d.event_type AS "eventType", d.event_sequence AS "eventSequence",
             e.created_at AS "occurredAt", now() AS now,
             ARRAY(SELECT s FROM unnest(ARRAY[
               COALESCE(w.secret, a.webhook_secret),
               CASE WHEN w.previous_secret_expires_at > now() THEN w.previous_secret END]) AS s
             WHERE s IS NOT NULL) AS "sealedSecrets",
             jsonb_build_object(
               'id', m.id, 'status', m.status, 'output', m.output, 'metadata', m.metadata,
               'statusReason', CASE WHEN m.status_code IS NOT NULL THEN
                 jsonb_build_object('code', m.status_code, 'message', m.status_message, 'at', m.status_at) END,
               'usage', jsonb_build_object(
                 'inputTokens', m.input_tokens, 'outputTokens', m.output_tokens,
                 'cachedInputTokens', m.cached_input_tokens,
                 'costMicroUsd', CASE WHEN NOT m.cost_unknown THEN m.cost_micro_usd END)) AS mission
      FROM claimed d
      JOIN webhook_endpoints w ON w.id = d.endpoint_id
      JOIN accounts a ON a.id = d.account_id
      JOIN missions m ON m.id = d.mission_id
      JOIN mission_events e ON e.mission_id = d.mission_id AND e.sequence = d.event_sequence`,
  );
  return row ?? null;
}
