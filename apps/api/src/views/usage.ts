import type { Usage } from '@flotilla/core';

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
