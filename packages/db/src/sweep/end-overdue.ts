import { SWEEP_BATCH_ROWS } from '@flotilla/core';
import type { Client } from '../client.ts';
import { OWED_DELIVERIES, OWED_IDS } from '../deliveries/owe.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { END_COLUMNS, type EndedMission, wakesAnother } from '../missions/ended-mission.ts';
import { runStatement } from '../statement.ts';

export type Overdue = EndedMission & { pool: string; code: 'expired' | 'deadline_exceeded'; deliveryIds: string[] };

/** Not started by the time it was to be. */
export const EXPIRED = Prisma.sql`
  status IN ('queued', 'waiting') AND expires_at IS NOT NULL AND expires_at <= now() AND started_at IS NULL`;
/** Not done by the time it was to be. */
export const LATE = Prisma.sql`status IN ('queued', 'waiting') AND deadline_at IS NOT NULL AND deadline_at <= now()`;

/**
 * Ends missions that lie queued or waiting past the time they were to be started by, or done by. A running one is
 * stopped at its deadline by its own worker; if that worker dies, the mission is queued again and ended here.
 */
export async function endOverdue(client: Client): Promise<Overdue[]> {
  return runStatement<Overdue>(
    client,
    Prisma.sql`
      WITH late AS MATERIALIZED (
        (SELECT id FROM missions
         WHERE ${EXPIRED}
         ORDER BY expires_at
         LIMIT ${SWEEP_BATCH_ROWS}::int)
        UNION
        (SELECT id FROM missions
         WHERE ${LATE}
         ORDER BY deadline_at
         LIMIT ${SWEEP_BATCH_ROWS}::int)
      ), overdue AS MATERIALIZED (
        SELECT m.id, ${wakesAnother('m')} AS wakes, CASE WHEN m.deadline_at <= now() THEN 'deadline_exceeded' ELSE 'expired' END AS code
        FROM late l JOIN missions m ON m.id = l.id
        WHERE m.status::text IN ('queued', 'waiting')
          AND (m.deadline_at <= now() OR (m.expires_at <= now() AND m.started_at IS NULL))
        ORDER BY m.id
        FOR NO KEY UPDATE OF m SKIP LOCKED
      ), ended AS (
        UPDATE missions m
        SET status = 'failed', status_code = o.code, status_at = now(), finished_at = now(), waiting_for = NULL,
            event_sequence = m.event_sequence + 1,
            status_message = CASE o.code WHEN 'expired' THEN 'it was not started in time' ELSE 'it was not done in time' END
        FROM overdue o WHERE m.id = o.id
        RETURNING m.*, o.wakes
      ), event AS (
        INSERT INTO mission_events (mission_id, sequence, account_id, type, data)
        SELECT id, event_sequence, account_id, 'mission.failed',
               jsonb_build_object('code', status_code, 'message', status_message)
        FROM ended
      ), ${OWED_DELIVERIES}
      SELECT ${END_COLUMNS}, e.wakes, e.pool, e.status_code AS code, ${OWED_IDS} AS "deliveryIds" FROM ended e`,
  );
}
