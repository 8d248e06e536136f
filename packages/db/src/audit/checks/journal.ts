import { Prisma } from '../../generated/prisma/client.ts';
import type { AuditCheck } from '../check.ts';

/** What was done, step by step, and what it cost. */
export const JOURNAL_CHECKS: AuditCheck[] = [
  {
    name: 'steps_not_gapless',
    rule: 'the steps of a mission are numbered from 1 without a gap, and step_count is their number',
    violations: Prisma.sql`
      SELECT m.id
      FROM missions m
      LEFT JOIN (
        SELECT mission_id, count(*) AS count, min(number) AS first, max(number) AS last FROM steps GROUP BY mission_id
      ) s ON s.mission_id = m.id
      WHERE m.step_count <> COALESCE(s.count, 0) OR s.first <> 1 OR s.last <> m.step_count`,
  },
  {
    name: 'step_with_wrong_pending_calls',
    rule: 'a step counts its open tool calls, and is complete exactly when it has none',
    violations: Prisma.sql`
      SELECT s.mission_id || ' step ' || s.number AS id
      FROM steps s
      LEFT JOIN (
        SELECT mission_id, step_number, count(*) AS open FROM tool_calls WHERE status <> 'completed'
        GROUP BY mission_id, step_number
      ) c ON c.mission_id = s.mission_id AND c.step_number = s.number
      WHERE s.pending_tool_calls <> COALESCE(c.open, 0) OR (s.completed_at IS NOT NULL) <> (COALESCE(c.open, 0) = 0)`,
  },
  {
    name: 'step_before_the_last_not_complete',
    rule: 'only the last step of a mission may be incomplete, and of a completed mission none',
    violations: Prisma.sql`
      SELECT s.mission_id || ' step ' || s.number AS id
      FROM steps s JOIN missions m ON m.id = s.mission_id
      WHERE s.completed_at IS NULL AND (s.number < m.step_count OR m.status = 'completed')`,
  },
  {
    name: 'step_without_usage',
    rule: 'every step has one usage row with its tokens and its cost, a copied one none, and no usage row of a mission that is there is without a step',
    violations: Prisma.sql`
      SELECT COALESCE(s.mission_id, u.mission_id) || ' step ' || COALESCE(s.number, u.step_number) AS id
      FROM (SELECT * FROM steps WHERE attempt > 0) s
      FULL JOIN (SELECT * FROM usage_records WHERE call = 0) u
        ON u.mission_id = s.mission_id AND u.step_number = s.number
      WHERE u.mission_id IS NULL
         -- What a mission has spent outlives it.
         OR (s.mission_id IS NULL AND EXISTS (SELECT FROM missions m WHERE m.id = u.mission_id))
         OR (s.mission_id IS NOT NULL
             AND (s.input_tokens, s.output_tokens, s.cached_input_tokens, s.cost_micro_usd)
                 IS DISTINCT FROM (u.input_tokens, u.output_tokens, u.cached_input_tokens, u.cost_micro_usd))`,
  },
  {
    name: 'usage_differs_from_rows',
    rule: "a mission's usage is the sum of its usage rows",
    violations: Prisma.sql`
      SELECT m.id
      FROM missions m
      LEFT JOIN (
        SELECT mission_id, sum(input_tokens) AS input, sum(output_tokens) AS output, sum(cached_input_tokens) AS cached,
               COALESCE(sum(cost_micro_usd), 0) AS cost, bool_or(cost_micro_usd IS NULL) AS unknown
        FROM usage_records GROUP BY mission_id
      ) u ON u.mission_id = m.id
      WHERE (m.input_tokens, m.output_tokens, m.cached_input_tokens, m.cost_micro_usd, m.cost_unknown)
            IS DISTINCT FROM (COALESCE(u.input, 0), COALESCE(u.output, 0), COALESCE(u.cached, 0), COALESCE(u.cost, 0),
                              COALESCE(u.unknown, false))`,
  },
];
