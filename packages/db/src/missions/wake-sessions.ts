import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { isItsTurn } from '../lease/turn.ts';
import { runStatement } from '../statement.ts';
import type { DueMission } from '../sweep/ring-due.ts';

/**
 * The next mission of each of these sessions, to be rung now that the session may be free: of those that could run,
 * the one accepted first. Whether it had been turned away does not matter: its bell may have been answered just before.
 *
 * A row that somebody holds is waited for: a claim that began before the session was free may be about to turn its
 * mission away, and nobody else would ring it.
 */
export async function wakeSessions(client: Client, sessionIds: readonly string[]): Promise<DueMission[]> {
  return runStatement<DueMission>(
    client,
    Prisma.sql`
      WITH next AS MATERIALIZED (
        SELECT m.id
        FROM sessions s
        JOIN missions m ON m.session_id = s.id AND m.status = 'queued' AND m.paused_at IS NULL AND m.run_after <= now()
        WHERE s.id = ANY (${[...new Set(sessionIds)]}) AND ${isItsTurn('m')}
      ), locked AS MATERIALIZED (
        SELECT m.id FROM missions m JOIN next n ON n.id = m.id
        WHERE m.status::text = 'queued'
        ORDER BY m.id
        FOR NO KEY UPDATE OF m
      )
      UPDATE missions m
      SET rings = m.rings + 1, rung_at = now(),
          status_code = NULLIF(m.status_code, 'session_busy'),
          status_message = CASE WHEN m.status_code = 'session_busy' THEN NULL ELSE m.status_message END
      FROM locked l WHERE m.id = l.id
      RETURNING m.id AS "missionId", m.pool, m.priority, m.rings, 0 AS "afterMs"`,
  );
}
