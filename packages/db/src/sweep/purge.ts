import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { REMOVED } from '../missions/remove.ts';
import { runStatement } from '../statement.ts';

/** Small enough that its locks are gone in a moment, whatever a mission drags along. */
export const PURGE_ROWS = 200;

/**
 * Deletes missions that ended longer ago than their account keeps them, with all that hangs on them; what they spent
 * stays, for the bill. Deliveries of what was no mission's go after the same time. A mission whose webhook is still owed is left until that is settled, and a child until its parent
 * has ended: what it came to is still to be told. One short batch a call.
 * @returns how many missions are gone
 */
export async function purgeEnded(client: Client): Promise<number> {
  const rows = await runStatement<{ purged: number }>(
    client,
    Prisma.sql`
      WITH ended AS MATERIALIZED (
        SELECT m.id
        FROM accounts a
        CROSS JOIN LATERAL (
          SELECT e.id FROM missions e
          WHERE e.account_id = a.id AND e.finished_at IS NOT NULL
            AND e.finished_at < now() - a.retention_days * interval '1 day'
            AND NOT EXISTS (SELECT FROM deliveries d WHERE d.mission_id = e.id AND d.status = 'pending')
            AND NOT EXISTS (SELECT FROM missions p WHERE p.id = e.parent_mission_id AND p.finished_at IS NULL)
          ORDER BY e.finished_at
          LIMIT ${PURGE_ROWS}::int
        ) m
        LIMIT ${PURGE_ROWS}::int
      ), ${REMOVED}, told AS (
        DELETE FROM deliveries d
        WHERE d.id IN (
          SELECT o.id FROM accounts a CROSS JOIN LATERAL (
            SELECT t.id FROM deliveries t
            WHERE t.account_id = a.id AND t.mission_id IS NULL AND t.finished_at IS NOT NULL
              AND t.finished_at < now() - a.retention_days * interval '1 day'
            ORDER BY t.finished_at
            LIMIT ${PURGE_ROWS}::int
          ) o
          LIMIT ${PURGE_ROWS}::int
        )
      )
      SELECT count(*)::int AS purged FROM gone`,
  );
  return rows[0]?.purged ?? 0;
}
