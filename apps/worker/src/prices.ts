import { readFile } from 'node:fs/promises';
import { type Budget, mostMicroUsd, type PriceOverride, readPrices } from '@flotilla/agent';
import { z } from 'zod';
import type { Config } from './config.ts';

/**
 * The prices of a deployment's own file, before those that come with the providers; `undefined`: it has none.
 * @throws Error for a file that cannot be read or is no list of prices: models would be priced wrong in silence
 */
export async function loadPrices(path: string | undefined): Promise<PriceOverride[] | undefined> {
  if (path === undefined) return undefined;
  try {
    return readPrices(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
    throw new Error(`PRICES_FILE ${path} is no list of prices: ${why}`, { cause: error });
  }
}

export type PricingOptions = {
  config: Pick<Config, 'anthropic' | 'openai' | 'bedrock'>;
  prices: PriceOverride[] | undefined;
};

/** What a call of a model costs at most, where this worker's calls go. */
export function createPricing({ config, prices }: PricingOptions): Budget['priceOf'] {
  // As its adapter does: only OpenAI's interface is spoken by others, whose models have other prices.
  const baseUrl = config.openai?.baseUrl;
  return ({ provider, model }, tokens) => {
    return mostMicroUsd({
      provider,
      model,
      tokens,
      ...(provider === 'openai' && baseUrl !== undefined && { baseUrl }),
      ...(prices && { prices }),
    });
  };
}
