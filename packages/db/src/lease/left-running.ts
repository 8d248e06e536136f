import { ROOM_SINCE } from '../accounts/room.ts';
import { Prisma } from '../generated/prisma/client.ts';

/**
 * CTEs that belong to every move out of running, inside the statement that makes it: the account's counter, and the
 * move's event.
 *
 * Reads a CTE `left_running` of missions as they are now, whose accounts are locked; `approvals` of its events come
 * after this one's.
 */
export const LEFT_RUNNING = Prisma.sql`
  counted AS (
    UPDATE accounts a SET running = a.running - l.left_running, room_since = ${ROOM_SINCE}
    FROM (SELECT account_id, count(*)::int AS left_running FROM left_running GROUP BY account_id) l
    WHERE a.id = l.account_id
  ), event AS (
    INSERT INTO mission_events (mission_id, sequence, account_id, type, data)
    SELECT id, event_sequence - approvals, account_id,
           CASE status WHEN 'queued' THEN 'mission.released' ELSE 'mission.' || status::text END,
           jsonb_strip_nulls(jsonb_build_object('attempt', attempt, 'code', status_code, 'message', status_message))
    FROM left_running
  )`;
