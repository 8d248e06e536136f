import { WORKER_DEATHS_UNTIL_SUSPECT } from '@flotilla/core';
import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { runStatement } from '../statement.ts';
import type { DueMission } from '../sweep/ring-due.ts';

/**
 * The suspect of a pool to ring now that one of them has made progress or left: of those that are due, the one rung
 * longest ago. A worker takes one suspect at a time, so where whole fleets died they stand in line, and without this each
 * would wait there for a turn of the sweep.
 */
export async function wakeSuspect(client: Client, pool: string): Promise<DueMission[]> {
  return runStatement<DueMission>(
    client,
    Prisma.sql`
      WITH next AS MATERIALIZED (
        SELECT id FROM missions
        WHERE status = 'queued' AND worker_deaths >= ${WORKER_DEATHS_UNTIL_SUSPECT}::int AND paused_at IS NULL
          AND pool = ${pool} AND run_after <= now() AND status_code IS DISTINCT FROM 'agent_off'
        ORDER BY rung_at NULLS FIRST
        LIMIT 1
        FOR NO KEY UPDATE SKIP LOCKED
      )
      UPDATE missions m SET rings = m.rings + 1, rung_at = now()
      FROM next n WHERE m.id = n.id
      RETURNING m.id AS "missionId", m.pool, m.priority, m.rings, 0 AS "afterMs"`,
  );
}
