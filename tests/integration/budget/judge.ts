import type pg from 'pg';
import type { Plan } from './plan.ts';
import type { Bill } from './provider.ts';

type Row = {
  id: string;
  parentId: string | null;
  goal: string;
  status: string;
  code: string | null;
  usdLimit: number;
  tokensLimit: number;
  stepsLimit: number;
  steps: number;
  lost: number;
  costs: number[];
};

export type Verdict = {
  /** Missions that have cost more than they may, by the provider's own bill; empty is what is hoped for. */
  overruns: string[];
  /** What the database has that the provider never billed, to the millionth of a dollar. */
  unbilled: string[];
  /** How many missions there were, ended how, and with how many calls that nobody could settle. */
  counts: Record<string, number>;
};

/**
 * Holds what the provider has billed each mission, and all that it started, against the budget that it had in the end.
 * A provider that bills no more than was expected must find none over it; one that bills more, none by more than a call.
 */
export async function judge(sql: pg.Client, bills: ReadonlyMap<string, Bill[]>): Promise<Verdict> {
  const { rows } = await sql.query<Row>(`
    SELECT m.id, m.parent_mission_id AS "parentId", m.spec->>'goal' AS goal, m.status, m.status_code AS code,
           COALESCE(b.micro_usd::float8, 'Infinity') AS "usdLimit", COALESCE(b.tokens::float8, 'Infinity') AS "tokensLimit",
           COALESCE(b.steps::float8, 'Infinity') AS "stepsLimit", m.step_count AS steps,
           (SELECT count(*)::int FROM budget_reservations r WHERE r.mission_id = m.id) AS lost,
           (SELECT COALESCE(array_agg(u.cost_micro_usd::float8), '{}') FROM usage_records u WHERE u.mission_id = m.id) AS costs
    FROM missions m JOIN budgets b ON b.mission_id = m.id`);
  const verdict: Verdict = { overruns: [], unbilled: [], counts: { missions: rows.length, unsettled: 0 } };
  for (const row of rows) {
    const plan: Plan = JSON.parse(row.goal);
    const own = bills.get(plan.name) ?? [];
    const family = [...bills].flatMap(([name, of]) =>
      name === plan.name || name.startsWith(`${plan.name}.`) ? of : [],
    );
    for (const kind of ['microUsd', 'tokens'] as const) {
      const spent = family.reduce((sum, bill) => sum + bill[kind], 0);
      const slack = plan.dearness > 1 ? Math.max(0, ...own.map((bill) => bill[kind])) : 0;
      const limit = kind === 'microUsd' ? row.usdLimit : row.tokensLimit;
      if (spent > limit + slack) verdict.overruns.push(`${plan.name}: ${spent} of ${limit} ${kind}`);
    }
    if (row.steps > row.stepsLimit) verdict.overruns.push(`${plan.name}: ${row.steps} of ${row.stepsLimit} steps`);
    const billed = own.map(({ microUsd }) => microUsd);
    for (const cost of row.costs) {
      const at = billed.indexOf(cost);
      if (at === -1) verdict.unbilled.push(`${plan.name}: ${cost}`);
      else billed.splice(at, 1);
    }
    const key = [row.parentId === null ? 'mission' : 'child', row.status, row.code]
      .filter((part) => part !== null)
      .join(' ');
    verdict.counts[key] = (verdict.counts[key] ?? 0) + 1;
    verdict.counts['unsettled'] = (verdict.counts['unsettled'] ?? 0) + row.lost;
  }
  return verdict;
}
