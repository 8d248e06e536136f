import { Prisma } from '../../generated/prisma/client.ts';
import type { AuditCheck } from '../check.ts';

/** One mission at a time in a session: the one that it names. */
export const SESSION_CHECKS: AuditCheck[] = [
  {
    name: 'session_shared',
    rule: 'of the missions of a session, only the one that it names runs, waits, or was begun and is not over',
    violations: Prisma.sql`
      SELECT m.id FROM missions m JOIN sessions s ON s.id = m.session_id
      WHERE m.finished_at IS NULL AND m.attempt > 0 AND s.active_mission_id IS DISTINCT FROM m.id`,
  },
  {
    name: 'session_of_another',
    rule: 'a session names only a mission of its own, if there still is one',
    violations: Prisma.sql`
      SELECT s.id FROM sessions s JOIN missions m ON m.id = s.active_mission_id
      WHERE m.session_id IS DISTINCT FROM s.id OR m.account_id <> s.account_id`,
  },
];
