import { ENDPOINT_SPARE_FOR_MS } from '@flotilla/core';
import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { FORGET_ROWS } from '../idempotency/records.ts';
import { runByIndex } from '../statement.ts';

/**
 * Deletes the endpoints, and with them their URLs and secrets, that no mission and no delivery names any more: those of
 * missions, and those of accounts that were deleted. Looked at are those that have been spare for a while
 * (`spare_endpoints`): who removes missions puts theirs there, and so does `ensureMissionEndpoint`, for whoever may be about
 * to name one. One that a mission names is not spare, and is put there again when that goes; one that only has deliveries
 * left is looked at again.
 *
 * The spare row is the fence: it is locked here first, and renewed by an ensure before that takes the endpoint for there.
 * A mission that was being stored when this looked had its endpoint ensured far later than those looked at were spare.
 * One short batch a call.
 * @returns how many were looked at
 */
export async function forgetEndpoints(client: Client): Promise<number> {
  const [row] = await runByIndex<{ looked: number }>(
    client,
    Prisma.sql`
      WITH due AS MATERIALIZED (
        SELECT s.endpoint_id AS id FROM spare_endpoints s
        WHERE s.since < now() - ${ENDPOINT_SPARE_FOR_MS}::int * interval '1 millisecond'
        ORDER BY s.since
        LIMIT ${FORGET_ROWS}::int
        FOR UPDATE SKIP LOCKED
      ), judged AS MATERIALIZED (
        SELECT d.id, EXISTS (SELECT FROM missions m WHERE m.endpoint_id = d.id) AS is_named,
               EXISTS (SELECT FROM deliveries v WHERE v.endpoint_id = d.id) AS is_owed
        FROM due d
      ), gone AS (
        DELETE FROM webhook_endpoints w USING judged j
        WHERE w.id = j.id AND (w.for_missions OR w.deleted_at IS NOT NULL) AND NOT j.is_named AND NOT j.is_owed
      ), settled AS (
        DELETE FROM spare_endpoints s USING judged j WHERE s.endpoint_id = j.id AND (j.is_named OR NOT j.is_owed)
      ), later AS (
        UPDATE spare_endpoints s SET since = now() FROM judged j
        WHERE s.endpoint_id = j.id AND NOT j.is_named AND j.is_owed
      )
      SELECT count(*)::int AS looked FROM due`,
  );
  return row?.looked ?? 0;
}
