import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { runStatement } from '../statement.ts';
import type { Recorded } from './record.ts';

/** A claimed delivery that its worker cannot send, to be due again after so many milliseconds. */
export type DeliveryRelease = { deliveryId: string; attempt: number; afterMs: number };

/** What there is room for again: see `Recorded`. */
export type Released = Pick<Recorded, 'endpointId' | 'wakes' | 'slowRoom'>;

/**
 * Gives back what was not sent. It is no attempt: its place in the schedule stays what it was, and nothing is said of
 * its endpoint but that there is room again. `null`: it is not in hand under this claim any more.
 */
export async function releaseDelivery(
  client: Client,
  { deliveryId, attempt, afterMs }: DeliveryRelease,
): Promise<Released | null> {
  const [row] = await runStatement<Released>(
    client,
    Prisma.sql`
      -- The endpoint first, as in claims and records.
      WITH endpoint AS MATERIALIZED (
        SELECT w.id FROM webhook_endpoints w
        WHERE w.id = (SELECT d.endpoint_id FROM deliveries d WHERE d.id = ${deliveryId})
        FOR NO KEY UPDATE
      ), owned AS MATERIALIZED (
        SELECT d.id, d.endpoint_id, d.account_id, d.in_slow_lane
        FROM endpoint e JOIN deliveries d ON d.endpoint_id = e.id
        WHERE d.id = ${deliveryId} AND d.attempt = ${attempt}::int AND d.status::text = 'pending'
          AND d.claimed_at IS NOT NULL
        FOR NO KEY UPDATE OF d
      ), released AS (
        UPDATE deliveries d
        SET claimed_at = NULL, in_slow_lane = false, attempts_before = d.attempts_before + 1,
            next_attempt_at = now() + ${afterMs}::float8 * interval '1 millisecond'
        FROM owned o WHERE d.id = o.id
      )
      UPDATE webhook_endpoints w SET in_flight = GREATEST(w.in_flight - 1, 0)
      FROM owned o WHERE w.id = o.endpoint_id
      RETURNING w.id AS "endpointId", (w.held_back_at IS NOT NULL)::int AS wakes,
                CASE WHEN o.in_slow_lane
                     THEN json_build_object('accountId', o.account_id, 'made', 1) END AS "slowRoom"`,
  );
  return row ?? null;
}
