import { Prisma } from '../../generated/prisma/client.ts';
import type { AuditCheck } from '../check.ts';

/** The ledger: what was spent, however it is added up. */
export const USAGE_CHECKS: AuditCheck[] = [
  {
    name: 'usage_day_differs',
    rule: "an account's day is the sum of its usage rows up to where they are rolled up",
    violations: Prisma.sql`
      SELECT COALESCE(d.account_id, u.account_id) || ' on ' || COALESCE(d.day, u.day) AS id
      FROM usage_days d
      FULL JOIN (
        SELECT r.account_id, (r.created_at AT TIME ZONE 'UTC')::date AS day, COALESCE(r.agent_id, '') AS agent_id,
               r.provider || '/' || r.model AS model, count(*) AS calls, sum(r.input_tokens) AS input,
               sum(r.output_tokens) AS output, sum(r.cached_input_tokens) AS cached,
               COALESCE(sum(r.cost_micro_usd), 0) AS cost, count(*) FILTER (WHERE r.cost_micro_usd IS NULL) AS unpriced
        FROM usage_records r JOIN usage_marks k ON k.account_id = r.account_id AND r.created_at < k.rolled_up_to
        GROUP BY 1, 2, 3, 4
      ) u ON (u.account_id, u.day, u.agent_id, u.model) = (d.account_id, d.day, d.agent_id, d.model)
      WHERE (d.calls, d.input_tokens, d.output_tokens, d.cached_input_tokens, d.cost_micro_usd, d.unpriced_calls)
            IS DISTINCT FROM (u.calls, u.input, u.output, u.cached, u.cost, u.unpriced)`,
  },
  {
    name: 'usage_without_tool_call',
    rule: 'a usage row of a question that a tool asked has its tool call, which is completed unless its answer came to nothing',
    violations: Prisma.sql`
      SELECT u.mission_id || ' step ' || u.step_number || ' call ' || u.call AS id
      FROM usage_records u JOIN missions m ON m.id = u.mission_id
      WHERE u.call NOT IN (0, -1) AND COALESCE(u.unused_call, u.call) NOT IN (0, -1) AND NOT EXISTS (
        SELECT FROM tool_calls t
        WHERE t.mission_id = u.mission_id AND t.step_number = u.step_number AND t.index = COALESCE(u.unused_call, u.call) - 1
          AND (t.status = 'completed' OR u.call < 0))`,
  },
  {
    name: 'usage_of_another',
    rule: "a usage row has its mission's account, session and agent",
    violations: Prisma.sql`
      SELECT m.id FROM usage_records u JOIN missions m ON m.id = u.mission_id
      WHERE (u.account_id, u.session_id, u.agent_id) IS DISTINCT FROM (m.account_id, m.session_id, m.agent_id)`,
  },
];
