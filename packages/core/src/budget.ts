import { z } from 'zod';
import { BUDGET_SECONDS_MAX, BUDGET_TOKENS_MAX, BUDGET_USD_MAX, MAX_STEPS_MAX } from './limits.ts';

/** What a budget limits, as clients name it. */
export const BUDGET_KINDS = ['usd', 'tokens', 'steps', 'wallClockSeconds'] as const;
export type BudgetKind = (typeof BUDGET_KINDS)[number];

const USD_MIN = 0.000_001;

const amounts = {
  usd: z.number().min(USD_MIN).max(BUDGET_USD_MAX).optional().describe('US dollars, exact to the millionth.'),
  tokens: z.int().min(1).max(BUDGET_TOKENS_MAX).optional().describe('In and out together, the cached ones included.'),
  steps: z.int().min(1).max(MAX_STEPS_MAX).optional(),
  wallClockSeconds: z
    .int()
    .min(1)
    .max(BUDGET_SECONDS_MAX)
    .optional()
    .describe('The time it runs, without the time it lies queued or waits.'),
};

function limitsSomething(given: Partial<Record<BudgetKind, number | undefined>>): boolean {
  return BUDGET_KINDS.some((kind) => given[kind] !== undefined);
}
const LIMITS_NOTHING = { error: `must give at least one of ${BUDGET_KINDS.join(', ')}` };

/**
 * What a mission may spend, with all the missions it starts. `onExhausted`: it waits for a larger one, which is what is
 * left out means, or fails.
 */
export const budgetSchema = z
  .strictObject({ ...amounts, onExhausted: z.enum(['pause', 'fail']).optional() })
  .refine(limitsSomething, LIMITS_NOTHING)
  .meta({ id: 'BudgetRequest' });

/** How a mission that waits for a larger budget is answered: the new limits, which are totals. */
export const budgetRaiseSchema = z
  .strictObject(amounts)
  .refine(limitsSomething, LIMITS_NOTHING)
  .meta({ id: 'BudgetRaise' });
export type BudgetRaise = z.infer<typeof budgetRaiseSchema>;

/** As a spec has it. A child's has no amounts: its share is set when it is started. */
export type SpecBudget = BudgetRaise & { onExhausted: 'pause' | 'fail' };

/** As a spec has them: the mission's own, for all that it does, and those of its roles, each while it is at work. */
type Budgeted = { budget?: SpecBudget; chain?: readonly { budget?: SpecBudget }[] };

export function hasRoleBudgets({ chain = [] }: Budgeted): boolean {
  return chain.some(({ budget }) => budget !== undefined);
}

/** Whether anything limits what a mission spends, all the time or while one of its roles is at work. */
export function hasBudget(spec: Budgeted): boolean {
  return spec.budget !== undefined || hasRoleBudgets(spec);
}

/** What becomes of a mission without room for its next call: where one of the budgets that hold says so, it fails. */
export function onExhaustedOf(...budgets: readonly (SpecBudget | undefined)[]): SpecBudget['onExhausted'] {
  return budgets.some((budget) => budget?.onExhausted === 'fail') ? 'fail' : 'pause';
}

/** One limit, and what is gone of it: `reserved` for calls under way, and for calls that nobody can settle any more. */
export type BudgetLine = { limit: number; spent: number; reserved: number };

/** A mission's budget as it stands; `null` for what is not limited. Dollars are millionths of one here. */
export type BudgetState = {
  microUsd: BudgetLine | null;
  tokens: BudgetLine | null;
  steps: BudgetLine | null;
  seconds: BudgetLine | null;
};

/** Why a budget has no room for a call, in the words of {@link BudgetKind}, with US dollars for `usd`. */
export type BudgetShortage = BudgetLine & {
  what: BudgetKind;
  /** The most that the call may take of it. */
  needed: number;
};
