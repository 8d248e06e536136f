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

/**
 * The same for a call that broke off, whose cost is what its provider had said until then. It may be billed more, up to what
 * was reserved: what is written and what stays reserved come to that, or to what was written where that is more.
 */
export const LESSENED = Prisma.sql`
  part AS MATERIALIZED (
    SELECT r.mission_id, r.attempt, r.number, LEAST(r.tokens, p.tokens) AS tokens,
           LEAST(r.micro_usd, COALESCE(p."costMicroUsd", 0)) AS micro_usd
    FROM budget_reservations r JOIN paid p
      ON r.mission_id = p."missionId" AND r.attempt = p.attempt AND r.number = p.reservation
  ), lessened AS (
    UPDATE budget_reservations r SET micro_usd = r.micro_usd - s.micro_usd, tokens = r.tokens - s.tokens
    FROM part s WHERE r.mission_id = s.mission_id AND r.attempt = s.attempt AND r.number = s.number
  ), set_free AS (
    UPDATE budgets b
    SET reserved_micro_usd = b.reserved_micro_usd - s.micro_usd, reserved_tokens = b.reserved_tokens - s.tokens
    FROM part s WHERE b.mission_id = s.mission_id
  )`;
