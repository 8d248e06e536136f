import { Prisma } from '../../generated/prisma/client.ts';
import type { AuditCheck } from '../check.ts';

/** The fencing token: it only ever grows, and nothing was written under one that had not been handed out. */
export const ATTEMPT_CHECKS: AuditCheck[] = [
  {
    name: 'claims_not_counted',
    rule: 'every claim has one event, and their attempts are 1, 2, 3 … up to the attempt of the mission',
    violations: Prisma.sql`
      SELECT m.id
      FROM missions m
      LEFT JOIN (
        SELECT mission_id, count(*) AS count, max(attempt) AS last, bool_or(attempt <> place) AS disordered
        FROM (
          SELECT mission_id, (data->>'attempt')::int AS attempt,
                 row_number() OVER (PARTITION BY mission_id ORDER BY sequence) AS place
          FROM mission_events WHERE type IN ('mission.started', 'mission.resumed') AND data ? 'attempt'
        ) numbered
        GROUP BY mission_id
      ) c ON c.mission_id = m.id
      WHERE COALESCE(c.count, 0) <> m.attempt OR c.last <> m.attempt OR c.disordered`,
  },
  {
    name: 'step_attempts_not_monotonic',
    rule: 'no step was committed by an earlier attempt than the step before it, or by a later one than there was; only a copy begins with copied steps, of attempt 0',
    violations: Prisma.sql`
      SELECT s.mission_id || ' step ' || s.number AS id
      FROM (
        SELECT mission_id, number, attempt, lag(attempt) OVER (PARTITION BY mission_id ORDER BY number) AS before
        FROM steps
      ) s JOIN missions m ON m.id = s.mission_id
      WHERE s.attempt < s.before
         OR s.attempt NOT BETWEEN CASE WHEN COALESCE(m.retry_of, m.forked_from) IS NULL THEN 1 ELSE 0 END AND m.attempt`,
  },
  {
    name: 'tool_call_of_another_attempt',
    rule: 'a tool call ran under an attempt from that of its step to that of the step after it; only one of a copied step may have begun under none',
    violations: Prisma.sql`
      SELECT t.mission_id || ' step ' || t.step_number || ' call ' || t.index AS id
      FROM tool_calls t
      JOIN missions m ON m.id = t.mission_id
      JOIN steps s ON s.mission_id = t.mission_id AND s.number = t.step_number
      LEFT JOIN steps after ON after.mission_id = t.mission_id AND after.number = t.step_number + 1
      WHERE t.attempt NOT BETWEEN GREATEST(s.attempt, 1) AND COALESCE(after.attempt, m.attempt)
         OR (t.attempt IS NULL AND t.status <> 'pending' AND s.attempt > 0)`,
  },
  {
    name: 'attempt_left_and_running',
    rule: 'only an attempt that there was has left, and while a mission runs its newest has not',
    violations: Prisma.sql`
      SELECT m.id FROM missions m
      WHERE m.left_attempt NOT BETWEEN 1 AND m.attempt
         OR (m.status = 'running' AND m.left_attempt = m.attempt)`,
  },
];
