import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { REMOVED } from '../missions/remove.ts';
import { runStatement } from '../statement.ts';

/** Small enough that its locks are gone in a moment, whatever a mission drags along. */
export const PURGE_ROWS = 200;

/**
 * Deletes missions that ended longer ago than their account keeps them, with all that hangs on them; what they spent
 * stays, for the bill. What happened to the account itself, and the deliveries of it, go after the same time. A mission
 * whose webhook is still owed is left until that is settled, and a child until its parent has ended: what it came to is
 * still to be told. One short batch a call.
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
      ), happened AS (
        -- Their ids are made here, by the same clock: old ones are found by them.
        DELETE FROM account_events e
        WHERE e.id IN (
          SELECT o.id FROM accounts a CROSS JOIN LATERAL (
            SELECT t.id FROM account_events t
            WHERE t.account_id = a.id
              AND t.id < 'evt_' || lpad(to_hex((extract(epoch FROM now() - a.retention_days * interval '1 day') * 1000)::bigint), 12, '0')
            ORDER BY t.id
            LIMIT ${PURGE_ROWS}::int
          ) o
          LIMIT ${PURGE_ROWS}::int
        )
      )
      SELECT count(*)::int AS purged FROM gone`,
  );
  return rows[0]?.purged ?? 0;
}
