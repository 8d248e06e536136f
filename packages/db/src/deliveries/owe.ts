import { Prisma } from '../generated/prisma/client.ts';

/**
 * CTEs that create the deliveries owed for terminal events, inside the statement that appends them: an event and what
 * is owed for it are one commit, so no crash can part them.
 *
 * Reads a CTE `ended (id, account_id, endpoint_id, event_sequence, status)`; yields `owed (id, mission_id)`. The
 * subscribers are read from the endpoint rows here, so an endpoint that has vanished fails nobody.
 */
export const OWED_DELIVERIES = Prisma.sql`
  subscribed AS (
    SELECT e.id AS mission_id, e.account_id, e.event_sequence, e.status, w.id AS endpoint_id
    FROM ended e JOIN webhook_endpoints w ON w.id = e.endpoint_id
    WHERE w.disabled_at IS NULL
    UNION ALL
    SELECT e.id, e.account_id, e.event_sequence, e.status, w.id
    FROM ended e JOIN webhook_endpoints w ON w.account_id = e.account_id
    WHERE NOT w.for_missions AND w.disabled_at IS NULL AND 'mission.' || e.status::text = ANY (w.event_types)
  ), owed AS (
    INSERT INTO deliveries (id, account_id, endpoint_id, mission_id, event_sequence, event_type, rings, rung_at)
    SELECT new_id('dlv'), account_id, endpoint_id, mission_id, event_sequence, 'mission.' || status::text, 1, now()
    FROM subscribed
    RETURNING id, mission_id
  )`;

/** The ids of the deliveries that a mission's end now owes, as a JSON array. */
export const OWED_IDS = Prisma.sql`COALESCE((SELECT json_agg(o.id) FROM owed o WHERE o.mission_id = e.id), '[]'::json)`;
