import type { Usage } from '@flotilla/core';
import type { UsageOfDay } from '@flotilla/db';

const MICRO = 1_000_000;

/**
 * What was spent. `costUsd` is a JSON number of US dollars, exact to the millionth, since it is a count of millionths
 * divided once; `null` where no price is known for the model.
 */
export function toUsageView(usage: Usage) {
  return {
    inputTokens: usage.inputTokens,
    outputTokens: usage.outputTokens,
    cachedInputTokens: usage.cachedInputTokens,
    costUsd: usage.costMicroUsd === null ? null : usage.costMicroUsd / MICRO,
  };
}

/** One line of a ledger. `costUsd` is the sum of what is known; `unpricedCalls` of the `calls` are not in it. */
export function toUsageOfDayView({ day, agent, model, calls, unpricedCalls, costMicroUsd, ...tokens }: UsageOfDay) {
  return {
    day,
    agent: agent && { name: agent.name, version: agent.version },
    model,
    calls,
    inputTokens: tokens.inputTokens,
    outputTokens: tokens.outputTokens,
    cachedInputTokens: tokens.cachedInputTokens,
    costUsd: costMicroUsd / MICRO,
    unpricedCalls,
  };
}
