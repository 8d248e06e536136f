import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { runStatement } from '../statement.ts';
import { ROOM_SINCE } from './room.ts';

/** What an account may have running and queued; what is left out stays as it is. */
export type NewLimits = { accountId: string; maxRunning?: number; maxQueued?: number };

export type Limits = { maxRunning: number; maxQueued: number };

/**
 * Changes an account's limits; lowering one stops nobody. As many of the missions that were turned away as now have
 * room are left to the next sweep to ring, as if they had never been: in a statement of its own, which sees every
 * refusal that came before the limit was raised.
 * @returns the limits as they are now, or `null` where there is no such account
 */
export async function setLimits(
  client: Client,
  { accountId, maxRunning, maxQueued }: NewLimits,
): Promise<Limits | null> {
  const [limits] = await runStatement<Limits>(
    client,
    Prisma.sql`
      UPDATE accounts a
      SET max_running = CASE WHEN paused_max_running IS NULL THEN COALESCE(${maxRunning ?? null}::int, max_running) ELSE 0 END,
          -- Of a paused account it is the limit it goes on with.
          paused_max_running = CASE WHEN paused_max_running IS NOT NULL THEN COALESCE(${maxRunning ?? null}::int, paused_max_running) END,
          max_queued = COALESCE(${maxQueued ?? null}::int, max_queued),
          room_since = ${ROOM_SINCE}
      WHERE id = ${accountId}
      RETURNING COALESCE(paused_max_running, max_running) AS "maxRunning", max_queued AS "maxQueued"`,
  );
  if (!limits) return null;
  await runStatement(
    client,
    Prisma.sql`
      WITH next AS MATERIALIZED (
        SELECT h.id FROM missions h
        WHERE h.account_id = ${accountId} AND h.status = 'queued' AND h.status_code = 'account_limit'
          AND h.paused_at IS NULL
        ORDER BY h.priority, h.run_after
        LIMIT (SELECT GREATEST(max_running - running, 0) FROM accounts WHERE id = ${accountId})
      ), locked AS MATERIALIZED (
        SELECT m.id FROM missions m JOIN next n ON n.id = m.id
        WHERE m.status::text = 'queued'
        ORDER BY m.id
        FOR NO KEY UPDATE OF m SKIP LOCKED
      )
      UPDATE missions m SET rung_at = NULL FROM locked l WHERE m.id = l.id`,
  );
  return limits;
}
