import { DRAWN } from '../budgets/family.ts';
import { Prisma } from '../generated/prisma/client.ts';

/**
 * CTEs that let waiting missions go on, inside the statement that found out they may: waiting → queued, with the event
 * and the number of the bell. A paused one goes on to lie queued, and is rung by its resume. What its children have spent
 * counts against its budget from here on.
 *
 * Reads a CTE `ready (id, because, events)` whose missions are locked; `events` of the same statement come before this
 * one's. Yields `went_on`.
 */
export const GO_ON = Prisma.sql`
  went_on AS (
    UPDATE missions m
    SET status = 'queued', waiting_for = NULL, pending_answers = 0, status_at = now(), run_after = now(),
        status_code = CASE WHEN m.paused_at IS NOT NULL THEN 'paused' END,
        status_message = CASE WHEN m.paused_at IS NOT NULL THEN 'a client paused it' END,
        event_sequence = m.event_sequence + r.events + 1, rings = m.rings + 1, rung_at = now()
    FROM ready r
    WHERE m.id = r.id AND m.status::text = 'waiting'
    RETURNING m.*, r.because
  ), resumed_event AS (
    INSERT INTO mission_events (mission_id, sequence, account_id, type, data)
    SELECT id, event_sequence, account_id, 'mission.resumed', jsonb_build_object('answered', because) FROM went_on
  ), ${DRAWN}`;

const ALIASES = { f: Prisma.sql`f`, m: Prisma.sql`m` };

/** No child of the mission under this alias is unfinished, as far as the statement's snapshot goes. */
export function hasNoChildLeft(mission: keyof typeof ALIASES): Prisma.Sql {
  return Prisma.sql`NOT EXISTS (
    SELECT FROM missions child WHERE child.parent_mission_id = ${ALIASES[mission]}.id AND child.finished_at IS NULL)`;
}
