import type { Usage } from '@flotilla/core';
import { priceMicroUsd, type TokenCounts } from '../price.ts';
import type { PriceOverride } from '../price-overrides.ts';

/** Which model was asked for, of whom, and what is known to cost otherwise than the list says. */
export type ReaderOptions = { requestedModel: string; baseUrl: string; prices?: readonly PriceOverride[] };

/**
 * What a reply came to, on either of OpenAI's interfaces. `model` is the one that answered.
 * @param reported `null`: the server has not said, which does not mean that it answered for free
 */
export function toUsage(reported: TokenCounts | null, model: string, options: ReaderOptions): Usage {
  const { requestedModel, baseUrl, prices: overrides } = options;
  if (!reported) return { inputTokens: 0, outputTokens: 0, cachedInputTokens: 0, costMicroUsd: null };
  const { inputTokens, outputTokens, cachedInputTokens } = reported;
  const models = [model, requestedModel];
  const query = { provider: 'openai', models, tokens: reported, baseUrl, ...(overrides && { overrides }) };
  return { inputTokens, outputTokens, cachedInputTokens, costMicroUsd: priceMicroUsd(query) };
}
