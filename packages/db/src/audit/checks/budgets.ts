import { hasRoleBudgetsIn, LIMIT } from '../../budgets/limits.ts';
import { Prisma } from '../../generated/prisma/client.ts';
import type { AuditCheck } from '../check.ts';

/** What missions may spend, and what they have. */
export const BUDGET_CHECKS: AuditCheck[] = [
  {
    name: 'budget_missing',
    rule: 'a mission has a budget exactly if its spec, or that of one of its roles, says so',
    violations: Prisma.sql`
      SELECT m.id FROM missions m LEFT JOIN budgets b ON b.mission_id = m.id
      WHERE (m.spec ? 'budget' OR ${hasRoleBudgetsIn(Prisma.sql`m.spec`)}) <> (b.mission_id IS NOT NULL)`,
  },
  {
    name: 'budget_reserved_differs',
    rule: 'what is reserved of a budget is the sum of its reservations',
    violations: Prisma.sql`
      SELECT b.mission_id AS id
      FROM budgets b
      LEFT JOIN (
        SELECT mission_id, sum(micro_usd) AS micro_usd, sum(tokens) AS tokens FROM budget_reservations GROUP BY mission_id
      ) r ON r.mission_id = b.mission_id
      WHERE (b.reserved_micro_usd, b.reserved_tokens) IS DISTINCT FROM (COALESCE(r.micro_usd, 0), COALESCE(r.tokens, 0))`,
  },
  {
    name: 'budget_overrun',
    rule: 'a mission without children is over its budget by no more than its dearest and longest call, and takes no step beyond it',
    violations: Prisma.sql`
      SELECT m.id
      FROM missions m
      JOIN budgets b ON b.mission_id = m.id
      LEFT JOIN (
        SELECT mission_id, max(cost_micro_usd) AS micro_usd, max(input_tokens + output_tokens) AS tokens
        FROM usage_records GROUP BY mission_id
      ) u ON u.mission_id = m.id
      WHERE m.child_count = 0
        AND (m.cost_micro_usd + b.reserved_micro_usd > ${LIMIT.microUsd} + COALESCE(u.micro_usd, 0)
             OR m.input_tokens + m.output_tokens + b.reserved_tokens > ${LIMIT.tokens} + COALESCE(u.tokens, 0)
             OR m.step_count > ${LIMIT.steps})`,
  },
];
