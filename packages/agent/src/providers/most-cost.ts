import type { ProviderName } from '@flotilla/core';
import type { MostTokens } from '../budget/budget.ts';
import { priceMicroUsd } from './price.ts';
import type { PriceOverride } from './price-overrides.ts';

export type MostCostQuery = {
  provider: ProviderName;
  model: string;
  /** Where the provider's calls go, if that is not its own address. */
  baseUrl?: string;
  prices?: readonly PriceOverride[];
  tokens: MostTokens;
};

/**
 * The most that a call may cost, in millionths of a US dollar, by the prices of today: all of its prompt new, or all of
 * it written to the provider's cache, whichever is dearer. `null` when nobody lists a price. The simulators cost nothing.
 */
export function mostMicroUsd({ provider, model, baseUrl, prices, tokens }: MostCostQuery): number | null {
  if (provider === 'sim') return 0;
  const costs = [0, tokens.input].map((cacheWriteTokens) =>
    priceMicroUsd({
      // As the reader of its replies has it.
      provider: provider === 'bedrock' ? 'aws' : provider,
      models: [model],
      tokens: { inputTokens: tokens.input, cachedInputTokens: 0, cacheWriteTokens, outputTokens: tokens.output },
      ...(baseUrl !== undefined && { baseUrl }),
      ...(prices && { overrides: prices }),
    }),
  );
  return costs.reduce((most, cost) => (most === null || cost === null ? null : Math.max(most, cost)), 0);
}
