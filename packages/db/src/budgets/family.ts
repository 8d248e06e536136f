import { Prisma } from '../generated/prisma/client.ts';
import { LIMIT } from './limits.ts';
import { ranSeconds } from './ran.ts';

/**
 * CTE that counts what the ended children of missions have spent against the budgets of those, when they go on: only
 * then are all of them over. Reads a CTE `went_on (id, child_count, because)`. An answer that raises a budget writes the
 * same row, and comes when no child is left to be counted.
 *
 * A child that ended while children of its own were still at work has not counted those: it counts for all it was given.
 */
export const DRAWN = Prisma.sql`
  drawn AS (
    UPDATE budgets b
    SET drawn_micro_usd = f.micro_usd, drawn_tokens = f.tokens, drawn_steps = f.steps, drawn_seconds = f.seconds
    FROM went_on w
    CROSS JOIN LATERAL (
      SELECT COALESCE(sum(GREATEST(c.cost_micro_usd + o.reserved_micro_usd + o.drawn_micro_usd, o.micro_usd * g.outlived)), 0) AS micro_usd,
             COALESCE(sum(GREATEST(c.input_tokens + c.output_tokens + o.reserved_tokens + o.drawn_tokens,
                                   o.tokens * g.outlived)), 0) AS tokens,
             COALESCE(sum(GREATEST(c.step_count + o.drawn_steps, o.steps * g.outlived)), 0) AS steps,
             COALESCE(sum(GREATEST(CASE WHEN o.seconds IS NOT NULL THEN ${ranSeconds('c')} ELSE 0 END + o.drawn_seconds,
                                   o.seconds * g.outlived)), 0) AS seconds
      FROM missions c
      JOIN budgets o ON o.mission_id = c.id
      CROSS JOIN LATERAL (
        SELECT EXISTS (SELECT FROM missions grand
                       WHERE grand.parent_mission_id = c.id
                         AND (grand.finished_at IS NULL OR grand.finished_at >= c.finished_at))::int AS outlived
      ) g
      WHERE c.parent_mission_id = w.id
    ) f
    WHERE b.mission_id = w.id AND w.child_count > 0 AND w.because <> 'budget'
  )`;

/**
 * CTE that gives each child that a park starts its share of what its parent, or the role at work there, has left, which nobody else can spend while
 * the parent waits: an equal one, since nobody can know which will need more.
 *
 * Reads CTEs `left_running (id)` and `child (id, parent_mission_id)`, the children that are new.
 */
export const CARVED = Prisma.sql`
  carved AS (
    INSERT INTO budgets (mission_id, micro_usd, tokens, steps, seconds)
    SELECT c.id,
           -- Not a bare GREATEST, to which no limit would be a limit of 0.
           CASE WHEN ${LIMIT.microUsd} IS NOT NULL THEN
             GREATEST(${LIMIT.microUsd} - m.cost_micro_usd - b.reserved_micro_usd - b.drawn_micro_usd, 0) / c.siblings END,
           CASE WHEN ${LIMIT.tokens} IS NOT NULL THEN
             GREATEST(${LIMIT.tokens} - m.input_tokens - m.output_tokens - b.reserved_tokens - b.drawn_tokens, 0) / c.siblings END,
           CASE WHEN ${LIMIT.steps} IS NOT NULL THEN GREATEST(${LIMIT.steps} - m.step_count - b.drawn_steps, 0) / c.siblings END,
           CASE WHEN ${LIMIT.seconds} IS NOT NULL THEN
             floor(GREATEST(${LIMIT.seconds} - b.drawn_seconds - ${ranSeconds('m')}, 0) / c.siblings) END
    FROM (SELECT id, parent_mission_id, count(*) OVER (PARTITION BY parent_mission_id) AS siblings FROM child) c
    JOIN missions m ON m.id = c.parent_mission_id
    JOIN budgets b ON b.mission_id = m.id
  )`;
