import type { Client } from '../client.ts';
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
  next: { kind: 'delivered' } | { kind: 'failed' } | { kind: 'retry'; afterMs: number };
};

/** Writes the attempt down and settles or reschedules its delivery. `false`: a newer claim holds it; nothing was written. */
export async function recordDelivery(client: Client, result: DeliveryResult): Promise<boolean> {
  const status = result.next.kind === 'retry' ? 'pending' : result.next.kind;
  const afterMs = result.next.kind === 'retry' ? result.next.afterMs : 0;
  const rows = await runStatement(
    client,
    Prisma.sql`
      WITH settled AS (
        UPDATE deliveries
        SET status = ${status}::delivery_status, next_attempt_at = now() + ${afterMs}::float8 * interval '1 millisecond',
            finished_at = CASE ${status} WHEN 'pending' THEN NULL ELSE now() END
        WHERE id = ${result.deliveryId} AND attempt = ${result.attempt} AND status = 'pending'
        RETURNING id
      )
      INSERT INTO delivery_attempts (delivery_id, number, started_at, duration_ms, response_status, response_body, error)
      SELECT id, ${result.attempt}, now() - ${result.durationMs}::float8 * interval '1 millisecond',
             ${result.durationMs}::int, ${result.responseStatus}::int, ${result.responseBody}, ${result.error}
      FROM settled
      RETURNING delivery_id`,
  );
  return rows.length > 0;
}
