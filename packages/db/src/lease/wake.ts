import { ROOM } from '../accounts/room.ts';
import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { runStatement } from '../statement.ts';
import type { DueMission } from '../sweep/ring-due.ts';
import { isItsTurn } from './turn.ts';

/**
 * The missions to ring now that slots of these accounts are free: as many as there is head-room, by priority and age,
 * of those that were turned away at the limit and would be let in now. One that somebody holds is passed by for the
 * next, and takes no place: it may be about to be cancelled, or paused.
 *
 * It has to be a statement of its own, after the commit that freed the slots: the one that frees them sees the world as
 * it was before it waited for the account's row, and would miss the mission that was turned away meanwhile. Run
 * afterwards, it sees every refusal that came before the slot was free; whoever comes later finds the slot itself.
 */
export async function wakeHeldBack(client: Client, accountIds: string[]): Promise<DueMission[]> {
  return runStatement<DueMission>(
    client,
    Prisma.sql`
      WITH locked AS MATERIALIZED (
        SELECT m.id
        FROM accounts a
        CROSS JOIN LATERAL (
          SELECT h.id FROM missions h LEFT JOIN sessions s ON s.id = h.session_id
          WHERE h.account_id = a.id AND h.status = 'queued' AND h.status_code = 'account_limit' AND h.paused_at IS NULL
            AND h.run_after <= now()
            AND (h.session_id IS NULL OR ${isItsTurn('h')})
            AND NOT EXISTS (SELECT FROM pools p WHERE p.name = h.pool AND p.paused_at IS NOT NULL)
          ORDER BY h.priority, h.run_after
          LIMIT ${ROOM}
          FOR NO KEY UPDATE OF h SKIP LOCKED
        ) m
        WHERE a.id = ANY (${accountIds})
      )
      UPDATE missions m
      SET rings = m.rings + 1, rung_at = now(), status_code = NULL, status_message = NULL, status_at = now()
      FROM locked l WHERE m.id = l.id
      RETURNING m.id AS "missionId", m.pool, m.priority, m.rings, 0 AS "afterMs"`,
  );
}
