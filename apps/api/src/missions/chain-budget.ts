import { type Agent, BUDGET_KINDS, type BudgetKind, type BudgetRaise, type SpecBudget } from '@flotilla/core';

/** Dollars are exact to the millionth; a sum of fractions is not. */
const EXACT = 1_000_000;

/**
 * What a chain of agents may spend where nobody says: what each of them may, together. What one of them has no limit of,
 * the chain has none of. It fails, rather than waits, where one of them would.
 */
export function chainBudget(roles: readonly (Agent | null)[]): SpecBudget | undefined {
  const budgets = roles.map((agent) => agent?.definition.budget);
  const amounts: BudgetRaise = {};
  for (const kind of BUDGET_KINDS) {
    const sum = sumOf(kind, budgets);
    if (sum !== null) amounts[kind] = sum;
  }
  if (Object.keys(amounts).length === 0) return undefined;
  const isToFail = budgets.some((budget) => budget?.onExhausted === 'fail');
  return { ...amounts, onExhausted: isToFail ? 'fail' : 'pause' };
}

/** `null`: not all of them limit it. */
function sumOf(kind: BudgetKind, budgets: readonly (BudgetRaise | undefined)[]): number | null {
  let sum = 0;
  for (const budget of budgets) {
    const amount = budget?.[kind];
    if (amount === undefined) return null;
    sum += amount;
  }
  return budgets.length === 0 ? null : Math.round(sum * EXACT) / EXACT;
}
