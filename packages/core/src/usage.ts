/**
 * What model calls spent, from the provider's own figures.
 * `inputTokens` counts every token of the prompt, the cached ones included; `cachedInputTokens` is the part read from
 * the provider's cache. `costMicroUsd` is in millionths of a US dollar; `null` where no price is known for the model.
 */
export type Usage = {
  inputTokens: number;
  outputTokens: number;
  cachedInputTokens: number;
  costMicroUsd: number | null;
};

export const NO_USAGE: Usage = { inputTokens: 0, outputTokens: 0, cachedInputTokens: 0, costMicroUsd: 0 };

/** The cost in US dollars, exact to the millionth: a count of millionths, divided once. `null` where it is unknown. */
export function costUsdOf(usage: Usage): number | null {
  return usage.costMicroUsd === null ? null : usage.costMicroUsd / 1_000_000;
}

/** The sum of two usages. An unknown cost stays unknown: a total that left it out would read as too cheap. */
export function addUsage(a: Usage, b: Usage): Usage {
  return {
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    cachedInputTokens: a.cachedInputTokens + b.cachedInputTokens,
    costMicroUsd: a.costMicroUsd === null || b.costMicroUsd === null ? null : a.costMicroUsd + b.costMicroUsd,
  };
}
