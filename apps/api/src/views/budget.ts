import { type BudgetLine, onExhaustedOf } from '@flotilla/core';
import type { ListedMission } from '@flotilla/db';
import { z } from 'zod';

const MICRO = 1_000_000;

const budgetLine = z.object({ limit: z.number(), spent: z.number(), reserved: z.number() }).meta({ id: 'BudgetLine' });

export const budgetView = z
  .object({
    usd: budgetLine.nullable(),
    tokens: budgetLine.nullable(),
    steps: budgetLine.nullable(),
    wallClockSeconds: budgetLine.nullable(),
    onExhausted: z.enum(['pause', 'fail']),
  })
  .meta({
    id: 'Budget',
    description:
      'What is gone of each limit: spent, or reserved for what is under way. null: it is not limited. While a role of a chain is at work that has a budget of its own, a limit is what the mission may have spent in all by the end of its turn.',
  });

/**
 * What a mission may spend, by kind: `{limit, spent, reserved}`, or `null` where there is no limit. Both others are gone
 * of the limit: `spent` by itself and by the missions it has started, `reserved` for what is under way, and for calls
 * that broke off, which count as spent. Dollars are exact to the millionth, as in a usage.
 */
export function toBudgetView({
  budget,
  spec,
  chainStage,
}: Pick<ListedMission, 'budget' | 'spec' | 'chainStage'>): z.infer<typeof budgetView> | null {
  if (budget === null) return null;
  const { microUsd, tokens, steps, seconds } = budget;
  return {
    usd: toLineView(microUsd && inDollars(microUsd)),
    tokens: toLineView(tokens),
    steps: toLineView(steps),
    wallClockSeconds: toLineView(seconds),
    onExhausted: onExhaustedOf(spec.budget, spec.chain?.[chainStage]?.budget),
  };
}

function inDollars({ limit, spent, reserved }: BudgetLine): BudgetLine {
  return { limit: limit / MICRO, spent: spent / MICRO, reserved: reserved / MICRO };
}

function toLineView(line: BudgetLine | null) {
  return line && { limit: line.limit, spent: line.spent, reserved: line.reserved };
}
