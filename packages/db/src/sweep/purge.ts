import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { batchesOf, DRAGGED, REMOVED } from '../missions/remove.ts';
import { HAD_UNTRUSTED } from '../sessions/untrusted.ts';
import { runByIndex } from '../statement.ts';

/** As many missions as one statement deletes at most, where little hangs on them. */
const PURGE_MISSIONS = 200;

/** `isMore`: more of them are due, or may be, than were found. */
export type Purgeable = { missionIds: string[]; isMore: boolean };

/** Whether a mission `m` ended longer ago than its account `a` keeps it, and its webhooks and its parent have been told. */
const IS_DUE = Prisma.sql`
  m.finished_at IS NOT NULL AND m.finished_at < now() - a.retention_days * interval '1 day'
  AND NOT EXISTS (SELECT FROM deliveries d WHERE d.mission_id = m.id AND d.status = 'pending')
  AND NOT EXISTS (SELECT FROM missions p WHERE p.id = m.parent_mission_id AND p.finished_at IS NULL)`;

/**
 * Missions that ended longer ago than their account keeps them, to be deleted together, those that ended first before
 * others. A mission whose webhook is still owed is left until that is settled, and a child until its parent has ended: what
 * it came to is still to be told. They are few where much hangs on them: beside the first of them no more than come to
 * `REMOVED_ROWS`.
 * @param passedBy missions that are left where they are
 */
export async function findPurgeable(client: Client, passedBy: readonly string[]): Promise<Purgeable> {
  const due = await runByIndex<{ id: string; dragged: number }>(
    client,
    Prisma.sql`
      SELECT d.id, d.dragged::int
      FROM (
        SELECT o.id, o.finished_at, o.dragged
        FROM accounts a
        CROSS JOIN LATERAL (
          SELECT m.id, m.finished_at, ${DRAGGED} AS dragged FROM missions m
          WHERE m.account_id = a.id AND m.id <> ALL (${[...passedBy]}) AND ${IS_DUE}
          ORDER BY m.finished_at
          LIMIT ${PURGE_MISSIONS}::int
        ) o
        LIMIT ${PURGE_MISSIONS}::int
      ) d
      ORDER BY d.finished_at, d.id`,
  );
  const [missionIds = []] = batchesOf(due, PURGE_MISSIONS);
  return { missionIds, isMore: missionIds.length < due.length || due.length === PURGE_MISSIONS };
}

/**
 * Deletes such missions, in one statement, with all that hangs on them; what they spent stays, for the bill. One that is to
 * be kept after all, since its account keeps them longer by now or its webhook is owed again, is left. Their sessions
 * remember that strangers had a word in them.
 * @returns how many missions are gone
 */
export async function purge(client: Client, missionIds: readonly string[]): Promise<number> {
  if (missionIds.length === 0) return 0;
  const rows = await runByIndex<{ purged: number }>(
    client,
    Prisma.sql`
      WITH tainted AS MATERIALIZED (
        SELECT s.id FROM sessions s
        WHERE NOT s.untrusted
          AND s.id IN (SELECT m.session_id FROM missions m WHERE m.id = ANY (${[...missionIds]}) AND ${HAD_UNTRUSTED})
        ORDER BY s.id
        FOR NO KEY UPDATE
      ), ended AS MATERIALIZED (
        SELECT m.id FROM missions m JOIN accounts a ON a.id = m.account_id
        WHERE m.id = ANY (${[...missionIds]}) AND ${IS_DUE}
          -- Counting them makes sure that the sessions are locked before any mission is.
          AND (SELECT count(*) FROM tainted) >= 0
        ORDER BY m.id
        FOR UPDATE OF m
      ), marked AS (
        UPDATE sessions s SET untrusted = true FROM tainted t WHERE s.id = t.id
      ), ${REMOVED}
      SELECT count(*)::int AS purged FROM gone`,
  );
  return rows[0]?.purged ?? 0;
}
