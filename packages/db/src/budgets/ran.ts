import { Prisma } from '../generated/prisma/client.ts';

const ALIASES = { m: Prisma.sql`m`, c: Prisma.sql`c` };

/**
 * For how many seconds the mission under this alias has been running, by its own events: from each start to whatever
 * ended it, or until now. Reads all of them, so ask only where somebody limits it.
 */
export function ranSeconds(mission: keyof typeof ALIASES): Prisma.Sql {
  return Prisma.sql`(
    SELECT COALESCE(sum(extract(epoch FROM s.ended_at - s.created_at)), 0)::float8
    FROM (
      SELECT e.type, e.created_at, lead(e.created_at, 1, now()) OVER (ORDER BY e.sequence) AS ended_at
      FROM mission_events e
      WHERE e.mission_id = ${ALIASES[mission]}.id
        AND e.type IN ('mission.started', 'mission.released', 'mission.waiting', 'mission.completed', 'mission.failed',
                       'mission.cancelled')
    ) s
    WHERE s.type = 'mission.started')`;
}
