import { z } from 'zod';

const rate = z.number().min(0).max(1_000_000);

/** US dollars per million tokens. A cache rate left out is the input rate. */
const rates = z.strictObject({
  input: rate,
  output: rate,
  cacheRead: rate.exactOptional(),
  cacheWrite: rate.exactOptional(),
});
export type Rates = z.infer<typeof rates>;

const priceOverride = z.strictObject({
  provider: z.string().min(1),
  /** The model's name without a date; its dated snapshots are meant too. */
  model: z.string().min(1),
  /** First day it holds, `YYYY-MM-DD`, UTC. */
  from: z.iso.date(),
  rates,
  /** Some models charge the whole call more when its prompt is long. */
  longPrompt: z.strictObject({ aboveTokens: z.int().min(1), rates }).exactOptional(),
});

/** A price that goes before the bundled list, from a day on. The latest that has begun applies. */
export type PriceOverride = z.infer<typeof priceOverride>;

/** When the list below, and what genai-prices 0.1.8 has of both providers' current models, was last held to their pages. */
export const PRICES_CHECKED_ON = '2026-11-27';

/**
 * What genai-prices 0.1.8 does not know yet or has outdated. To be emptied as it catches up.
 * Anthropic: platform.claude.com/docs/en/about-claude/pricing. OpenAI: developers.openai.com/api/docs/pricing and its
 * pages on the models.
 */
export const PRICE_OVERRIDES: readonly PriceOverride[] = [
  {
    provider: 'anthropic',
    model: 'claude-haiku-5-5',
    from: '2026-10-07',
    rates: { input: 0.1, output: 0.5, cacheRead: 0.01, cacheWrite: 0.125 },
    longPrompt: { aboveTokens: 100_000, rates: { input: 0.5, output: 2.5, cacheRead: 0.05, cacheWrite: 0.625 } },
  },
  {
    provider: 'anthropic',
    model: 'claude-sonnet-5-5',
    from: '2026-10-07',
    rates: { input: 2, output: 10, cacheRead: 0.1, cacheWrite: 2.5 },
  },
  {
    provider: 'openai',
    model: 'gpt-6.1-sol',
    from: '2026-09-29',
    rates: { input: 2, output: 10, cacheRead: 0.1, cacheWrite: 2.5 },
    longPrompt: { aboveTokens: 272_000, rates: { input: 4, output: 15, cacheRead: 0.2, cacheWrite: 5 } },
  },
  {
    provider: 'openai',
    model: 'gpt-6.1-terra',
    from: '2026-10-26',
    rates: { input: 1, output: 5, cacheRead: 0.05, cacheWrite: 1.25 },
    longPrompt: { aboveTokens: 272_000, rates: { input: 2, output: 7.5, cacheRead: 0.1, cacheWrite: 2.5 } },
  },
];

/**
 * A deployment's own prices, as JSON has them, and the built-in ones of the models it says nothing about.
 * @throws {z.ZodError} naming what is no price
 */
export function readPrices(own: unknown): PriceOverride[] {
  const read = z.array(priceOverride).parse(own);
  const isOwn = ({ provider, model }: PriceOverride) =>
    read.some((price) => price.provider === provider && price.model === model);
  return [...read, ...PRICE_OVERRIDES.filter((price) => !isOwn(price))];
}
