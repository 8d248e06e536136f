import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { isItsTurn } from '../lease/turn.ts';
import { runByIndex } from '../statement.ts';
import { isOff, OFF_AGENTS } from '../switches/off-agents.ts';

/**
 * Where a queued mission stands. `blockedBy`: the code of what keeps it from being taken, `null` where that is only the
 * line. `ahead`: how many of its pool are taken before it; `isExact`: no more than these.
 */
export type QueuePlace = { blockedBy: string | null; ahead: number; isExact: boolean };

/** How far the line is counted. */
const COUNTED_UP_TO = 1_000;
/** Missions that lie before it and stand in no line, since their account or session keeps them, are passed by. */
const LOOKED_THROUGH = 10_000;

/**
 * Where a mission of the account stands in the line of its pool, `null` if it is not queued. The line is that in which
 * the sweep rings: priority first, then the longest due.
 */
export async function readQueuePlace(client: Client, accountId: string, missionId: string): Promise<QueuePlace | null> {
  const [row] = await runByIndex<{ blockedBy: string | null; ahead: number; isCut: boolean }>(
    client,
    Prisma.sql`
      WITH ${OFF_AGENTS}
      SELECT CASE
               WHEN m.paused_at IS NOT NULL OR p.paused_at IS NOT NULL THEN 'paused'
               WHEN m.run_after > now() THEN COALESCE(m.status_code, 'delayed')
               WHEN ${isOff} THEN 'agent_off'
               WHEN m.session_id IS NOT NULL AND NOT ${isItsTurn('m')} THEN 'session_busy'
               WHEN a.running >= a.max_running THEN 'account_limit'
             END AS "blockedBy",
             line.ahead, line.is_cut AS "isCut"
      FROM missions m
      JOIN pools p ON p.name = m.pool
      JOIN accounts a ON a.id = m.account_id
      LEFT JOIN sessions s ON s.id = m.session_id
      CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE stands)::int AS ahead, COALESCE(bool_or(place = ${LOOKED_THROUGH}::int), false) AS is_cut
        FROM (
          SELECT stands, place
          FROM (
            SELECT e.status_code IS NULL OR e.status_code NOT IN ('account_limit', 'session_busy', 'agent_off') AS stands,
                   row_number() OVER () AS place
            FROM missions e
            WHERE e.pool = m.pool AND e.status = 'queued' AND e.paused_at IS NULL AND e.run_after <= now()
              AND (e.priority, e.run_after, e.id) < (m.priority, m.run_after, m.id)
            LIMIT ${LOOKED_THROUGH}::int
          ) before
          WHERE stands OR place = ${LOOKED_THROUGH}::int
          LIMIT ${COUNTED_UP_TO}::int
        ) counted
      ) line
      WHERE m.id = ${missionId} AND m.account_id = ${accountId} AND m.status::text = 'queued'`,
  );
  if (!row) return null;
  const { blockedBy, ahead, isCut } = row;
  return { blockedBy, ahead, isExact: ahead < COUNTED_UP_TO && !isCut };
}
