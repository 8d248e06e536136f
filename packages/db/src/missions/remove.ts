import { Prisma } from '../generated/prisma/client.ts';

/**
 * As many rows as one statement may delete, roughly: a worker's is cut off after 5 s and an API's after 3 s, also where all
 * of them lie cold on a slow disk; what took too long is tried in smaller parts. A mission that drags more along goes alone.
 */
const REMOVED_ROWS = 20_000;

/** What hangs on a mission `m`, in rows: its steps, their tool calls by their events, and its files in slices of Postgres'. */
export const DRAGGED = Prisma.sql`
  (m.step_count + m.event_sequence
   + (SELECT COALESCE(sum(f.bytes), 0) / 2000 FROM workspace_files f WHERE f.mission_id = m.id))`;

/** Whether somebody is at the delivery `d`, which has a place at its endpoint then. */
const IS_IN_HAND = Prisma.sql`(d.status::text = 'pending' AND d.claimed_at IS NOT NULL)`;

/**
 * CTEs that delete ended missions with all that hangs on them; what they have spent stays, for the bill. Workspace, plan,
 * asks, budget and summaries go with the row, and a delivery's attempts with the delivery. The endpoints that their webhooks
 * stood for are spare, unless other missions name them (`forgetEndpoints`).
 *
 * Reads a CTE `ended (id)`; yields `gone (id)`.
 */
export const REMOVED = Prisma.sql`
  gone AS (
    DELETE FROM missions m USING ended e WHERE m.id = e.id RETURNING m.id, m.endpoint_id
  ), spare AS (
    -- In one order, so that two who remove at once never wait for each other.
    INSERT INTO spare_endpoints (endpoint_id)
    SELECT DISTINCT endpoint_id FROM gone WHERE endpoint_id IS NOT NULL ORDER BY endpoint_id
    ON CONFLICT (endpoint_id) DO UPDATE SET since = now()
  ), steps AS (
    DELETE FROM steps s USING ended e WHERE s.mission_id = e.id
  ), calls AS (
    DELETE FROM tool_calls c USING ended e WHERE c.mission_id = e.id
  ), events AS (
    DELETE FROM mission_events v USING ended e WHERE v.mission_id = e.id
  ), holder AS MATERIALIZED (
    -- Those that have one of their webhooks in hand: the endpoint first, as in claims and records.
    SELECT w.id FROM webhook_endpoints w
    WHERE w.id IN (SELECT d.endpoint_id FROM deliveries d JOIN ended e ON e.id = d.mission_id
                   WHERE ${IS_IN_HAND})
    ORDER BY w.id
    FOR NO KEY UPDATE
  ), owed AS (
    DELETE FROM deliveries d USING ended e WHERE d.mission_id = e.id AND (SELECT count(*) FROM holder) >= 0
    RETURNING d.endpoint_id, ${IS_IN_HAND} AS is_in_hand
  ), let_go AS (
    UPDATE webhook_endpoints w SET in_flight = GREATEST(w.in_flight - o.count, 0)
    FROM (SELECT endpoint_id, count(*)::int AS count FROM owed WHERE is_in_hand GROUP BY endpoint_id) o
    WHERE w.id = o.endpoint_id
  ), answered AS (
    DELETE FROM idempotency_records r USING ended e WHERE r.mission_id = e.id
  ), cached AS (
    DELETE FROM cached_responses c USING ended e WHERE c.mission_id = e.id
  )`;

/** In their order, so many missions each, or fewer where more would hang on them than one statement may take; at least one. */
export function batchesOf(missions: readonly { id: string; dragged: number }[], most: number): string[][] {
  const batches: string[][] = [];
  let rows = 0;
  for (const { id, dragged } of missions) {
    const open = batches.at(-1);
    if (open && open.length < most && rows + dragged <= REMOVED_ROWS) {
      open.push(id);
      rows += dragged;
    } else {
      batches.push([id]);
      rows = dragged;
    }
  }
  return batches;
}
