import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { KEPT } from '../kept.ts';
import { runStatement } from '../statement.ts';

/** For how many seconds a mission has been in each state so far. */
export type Timings = { queuedSeconds: number; runningSeconds: number; waitingSeconds: number };

/**
 * How long a mission was queued, running and waiting, by its own events: from each to the next, and from the last one of
 * an unfinished mission until now.
 */
export async function readTimings(client: Client, missionId: string): Promise<Timings> {
  const [row] = await runStatement<Timings>(
    client,
    Prisma.sql`
      ${KEPT} SELECT COALESCE(sum(seconds) FILTER (WHERE type IN ('mission.queued', 'mission.released', 'mission.resumed')), 0)::float8
               AS "queuedSeconds",
             COALESCE(sum(seconds) FILTER (WHERE type = 'mission.started'), 0)::float8 AS "runningSeconds",
             COALESCE(sum(seconds) FILTER (WHERE type = 'mission.waiting'), 0)::float8 AS "waitingSeconds"
      FROM (
        -- Two transactions that met may have begun in the other order than they were let through.
        SELECT e.type, GREATEST(0, extract(epoch FROM lead(e.created_at, 1, now()) OVER (ORDER BY e.sequence) - e.created_at))
                 AS seconds
        FROM mission_events e
        WHERE e.mission_id = ${missionId}
          AND (e.type IN ('mission.queued', 'mission.started', 'mission.released', 'mission.waiting', 'mission.completed',
                          'mission.failed', 'mission.cancelled')
               -- The other resumes end a pause, which is no state.
               OR (e.type = 'mission.resumed' AND e.data ? 'answered'))
      ) span`,
  );
  if (!row) throw new Error('a sum over events gave no row');
  return row;
}
