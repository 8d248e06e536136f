import type { Usage } from '@flotilla/core';
import type { UsageOfDay } from '@flotilla/db';
import { z } from 'zod';

const MICRO = 1_000_000;

const tokens = {
  inputTokens: z.int().describe('All of the prompts, those included that the provider had cached.'),
  outputTokens: z.int(),
  cachedInputTokens: z.int(),
};

export const usageView = z
  .object({
    ...tokens,
    costUsd: z.number().nullable().describe('US dollars, exact to the millionth; null where no price is known.'),
  })
  .meta({ id: 'Usage' });

export const usageOfDayView = z
  .object({
    day: z.string().meta({ format: 'date' }).describe('Of UTC.'),
    agent: z.object({ name: z.string(), version: z.int() }).nullable(),
    model: z.string(),
    calls: z.int(),
    ...tokens,
    costUsd: z.number(),
    unpricedCalls: z.int().describe('Calls that costUsd leaves out, since no price is known for them.'),
  })
  .meta({ id: 'UsageOfDay' });

/**
 * What was spent. `costUsd` is a JSON number of US dollars, exact to the millionth, since it is a count of millionths
 * divided once; `null` where no price is known for the model.
 */
export function toUsageView(usage: Usage): z.infer<typeof usageView> {
  return {
    inputTokens: usage.inputTokens,
    outputTokens: usage.outputTokens,
    cachedInputTokens: usage.cachedInputTokens,
    costUsd: usage.costMicroUsd === null ? null : usage.costMicroUsd / MICRO,
  };
}

/** One line of a ledger. `costUsd` is the sum of what is known; `unpricedCalls` of the `calls` are not in it. */
export function toUsageOfDayView(line: UsageOfDay): z.infer<typeof usageOfDayView> {
  const { day, agent, model, calls, unpricedCalls, costMicroUsd } = line;
  return {
    day,
    agent: agent && { name: agent.name, version: agent.version },
    model,
    calls,
    inputTokens: line.inputTokens,
    outputTokens: line.outputTokens,
    cachedInputTokens: line.cachedInputTokens,
    costUsd: costMicroUsd / MICRO,
    unpricedCalls,
  };
}
