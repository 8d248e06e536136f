import { Prisma } from '../generated/prisma/client.ts';

/**
 * CTEs that settle what was reserved for calls, inside the statement that writes what they have cost.
 *
 * Reads a CTE `paid ("missionId", attempt, reservation, "costMicroUsd", tokens)` of missions that are locked. A call
 * whose price nobody knew in the end keeps its reservation, which is the most it can have cost; and so does one whose
 * server has not said how many tokens it was: none, at no known price.
 */
export const SETTLED = Prisma.sql`
  settled AS (
    DELETE FROM budget_reservations r USING paid p
    WHERE r.mission_id = p."missionId" AND r.attempt = p.attempt AND r.number = p.reservation
      AND (p."costMicroUsd" IS NOT NULL OR (r.micro_usd = 0 AND p.tokens > 0))
    RETURNING r.mission_id, r.micro_usd, r.tokens
  ), set_free AS (
    UPDATE budgets b
    SET reserved_micro_usd = b.reserved_micro_usd - s.micro_usd, reserved_tokens = b.reserved_tokens - s.tokens
    FROM settled s WHERE b.mission_id = s.mission_id
  )`;
