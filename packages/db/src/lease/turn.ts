import { Prisma } from '../generated/prisma/client.ts';

/**
 * Whether a mission of a session may be the session's next: nobody else has the session, and none of those that could
 * run now was accepted before it, by the database's clock: ids are dated by whoever makes them. Reads the mission under
 * the given alias and its session as `s`.
 *
 * A snapshot that is too old errs in one direction only: who has ended since still seems to have the session. The
 * mission is then turned away, and the end, whose wake is a later statement, rings it again.
 */
export function isItsTurn(mission: keyof typeof ALIASES): Prisma.Sql {
  const m = ALIASES[mission];
  return Prisma.sql`(
    s.active_mission_id IS NOT DISTINCT FROM ${m}.id
    OR (
      -- Looked up: of many at once, EXISTS would have all that is unfinished read into a table first.
      COALESCE((SELECT active.finished_at IS NOT NULL FROM missions active WHERE active.id = s.active_mission_id), true)
      AND NOT EXISTS (
        SELECT FROM missions earlier
        WHERE earlier.session_id = ${m}.session_id AND earlier.status = 'queued'
          AND (earlier.created_at, earlier.id) < (${m}.created_at, ${m}.id)
          AND earlier.paused_at IS NULL AND earlier.run_after <= now())))`;
}

const ALIASES = { c: Prisma.sql`c`, h: Prisma.sql`h`, m: Prisma.sql`m` };
