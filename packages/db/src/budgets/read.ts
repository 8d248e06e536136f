import type { BudgetLine, BudgetState } from '@flotilla/core';
import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { runStatement } from '../statement.ts';
import { LIMIT } from './limits.ts';
import { ranSeconds } from './ran.ts';

type Row = { missionId: string } & Record<'usdLimit' | 'tokensLimit' | 'stepsLimit' | 'secondsLimit', number | null> &
  Record<
    'usdSpent' | 'usdReserved' | 'tokensSpent' | 'tokensReserved' | 'stepsSpent' | 'secondsSpent' | 'stepsLent',
    number
  > & { secondsLent: number };

/** The budgets of those of these missions that have one. What their unfinished children may spend is reserved. */
export async function readBudgets(client: Client, missionIds: readonly string[]): Promise<Map<string, BudgetState>> {
  if (missionIds.length === 0) return new Map();
  const rows = await runStatement<Row>(
    client,
    Prisma.sql`
      SELECT m.id AS "missionId", ${LIMIT.microUsd}::float8 AS "usdLimit", ${LIMIT.tokens}::float8 AS "tokensLimit",
             ${LIMIT.steps} AS "stepsLimit", ${LIMIT.seconds} AS "secondsLimit",
             (m.cost_micro_usd + b.drawn_micro_usd)::float8 AS "usdSpent",
             (b.reserved_micro_usd + l.micro_usd)::float8 AS "usdReserved",
             (m.input_tokens + m.output_tokens + b.drawn_tokens)::float8 AS "tokensSpent",
             (b.reserved_tokens + l.tokens)::float8 AS "tokensReserved",
             m.step_count + b.drawn_steps AS "stepsSpent", l.steps::int AS "stepsLent", l.seconds::int AS "secondsLent",
             CASE WHEN ${LIMIT.seconds} IS NULL THEN 0 ELSE ${ranSeconds('m')} + b.drawn_seconds END AS "secondsSpent"
      FROM missions m
      JOIN budgets b ON b.mission_id = m.id
      CROSS JOIN LATERAL (
        SELECT COALESCE(sum(o.micro_usd), 0) AS micro_usd, COALESCE(sum(o.tokens), 0) AS tokens,
               COALESCE(sum(o.steps), 0) AS steps, COALESCE(sum(o.seconds), 0) AS seconds
        FROM missions c JOIN budgets o ON o.mission_id = c.id
        WHERE m.status = 'waiting' AND c.parent_mission_id = m.id AND c.created_at >= m.status_at
      ) l
      WHERE m.id = ANY (${[...missionIds]})`,
  );
  return new Map(rows.map((row) => [row.missionId, toState(row)]));
}

function toState(row: Row): BudgetState {
  const line = (limit: number | null, spent: number, reserved: number): BudgetLine | null =>
    limit === null ? null : { limit, spent, reserved };
  return {
    microUsd: line(row.usdLimit, row.usdSpent, row.usdReserved),
    tokens: line(row.tokensLimit, row.tokensSpent, row.tokensReserved),
    steps: line(row.stepsLimit, row.stepsSpent, row.stepsLent),
    seconds: line(row.secondsLimit, Math.round(row.secondsSpent), row.secondsLent),
  };
}
