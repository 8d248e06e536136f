import { calcPrice } from '@pydantic/genai-prices';
import { PRICE_OVERRIDES, type PriceOverride, type Rates } from './price-overrides.ts';

/** What one call used. `inputTokens` is the whole prompt; what was read from and written to the cache are parts of it. */
export type TokenCounts = {
  inputTokens: number;
  cachedInputTokens: number;
  cacheWriteTokens: number;
  outputTokens: number;
};

export type PriceQuery = {
  /** The provider whose list applies, as genai-prices names it: `anthropic`, `openai`. */
  provider: string;
  /** Names of the model, the best one first: the one it gave for itself, then the one it was asked for under. */
  models: readonly string[];
  tokens: TokenCounts;
  /** Where the call went; lets a known host (Azure, Groq …) be priced by its own list. */
  baseUrl?: string;
  overrides?: readonly PriceOverride[];
  at?: Date;
};

/**
 * What a call cost, in millionths of a US dollar, rounded to the nearest; `null` when nobody lists a price.
 * Own overrides come first, then the list bundled with genai-prices: no network, at import or at call.
 */
export function priceMicroUsd(query: PriceQuery): number | null {
  const tokens = consistent(query.tokens);
  const at = query.at ?? new Date();
  for (const model of query.models) {
    const own = ownPrice(query.overrides ?? PRICE_OVERRIDES, { provider: query.provider, model, tokens, at });
    const usd = own === null ? listPrice({ ...query, model, tokens, at }) : null;
    if (own !== null) return Math.round(own);
    if (usd !== null) return Math.round(usd * 1_000_000);
  }
  return null;
}

type OneQuery = { provider: string; model: string; tokens: TokenCounts; at: Date };

/** Dollars per million tokens are millionths of a dollar per token. */
function ownPrice(overrides: readonly PriceOverride[], { provider, model, tokens, at }: OneQuery): number | null {
  const price = overrides
    .filter(
      (entry) => entry.provider === provider && matches(entry.model, model) && Date.parse(entry.from) <= at.getTime(),
    )
    .reduce<PriceOverride | null>((best, entry) => (best && best.from >= entry.from ? best : entry), null);
  if (!price) return null;
  const isLong = price.longPrompt !== undefined && tokens.inputTokens > price.longPrompt.aboveTokens;
  return cost(isLong && price.longPrompt ? price.longPrompt.rates : price.rates, tokens);
}

function cost(rates: Rates, tokens: TokenCounts): number {
  const { cachedInputTokens, cacheWriteTokens } = tokens;
  const plain = tokens.inputTokens - cachedInputTokens - cacheWriteTokens;
  return (
    plain * rates.input +
    cachedInputTokens * (rates.cacheRead ?? rates.input) +
    cacheWriteTokens * (rates.cacheWrite ?? rates.input) +
    tokens.outputTokens * rates.output
  );
}

/** A name, with its dated snapshots: `gpt-5-mini` is also `gpt-5-mini-2025-08-07`, but not `gpt-5-mini-pro`. */
function matches(name: string, model: string): boolean {
  return model === name || (model.startsWith(`${name}-`) && /^\d{4}-?\d{2}-?\d{2}$/.test(model.slice(name.length + 1)));
}

function listPrice(query: OneQuery & { baseUrl?: string }): number | null {
  const { tokens, model, at } = query;
  const usage = {
    input_tokens: tokens.inputTokens,
    cache_read_tokens: tokens.cachedInputTokens,
    cache_write_tokens: tokens.cacheWriteTokens,
    output_tokens: tokens.outputTokens,
  };
  try {
    const byHost = query.baseUrl ? calcPrice(usage, model, { providerApiUrl: query.baseUrl, timestamp: at }) : null;
    const found = byHost ?? calcPrice(usage, model, { providerId: query.provider, timestamp: at });
    return found && Number.isFinite(found.total_price) ? found.total_price : null;
  } catch {
    // A reply that is paid for must not be lost over figures the list cannot make sense of.
    return null;
  }
}

/** The parts of a prompt never exceed the whole, whatever a server claims. */
function consistent(tokens: TokenCounts): TokenCounts {
  const cachedInputTokens = Math.min(tokens.cachedInputTokens, tokens.inputTokens);
  const cacheWriteTokens = Math.min(tokens.cacheWriteTokens, tokens.inputTokens - cachedInputTokens);
  return { ...tokens, cachedInputTokens, cacheWriteTokens };
}
