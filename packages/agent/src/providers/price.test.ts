import { describe, expect, test } from 'vitest';
import { priceMicroUsd, type TokenCounts } from './price.ts';
import { PRICES_CHECKED_ON, type PriceOverride } from './price-overrides.ts';

const tokens = (counts: Partial<TokenCounts>): TokenCounts => ({
  inputTokens: 0,
  cachedInputTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 0,
  ...counts,
});
const at = new Date('2026-11-20T00:00:00Z');
const override = (over: Partial<PriceOverride>): PriceOverride => ({
  provider: 'openai',
  model: 'house',
  from: '2026-01-01',
  rates: { input: 3, output: 15, cacheRead: 0.3, cacheWrite: 3.75 },
  ...over,
});
const house = (counts: Partial<TokenCounts>, overrides: PriceOverride[], models = ['house']) =>
  priceMicroUsd({ provider: 'openai', models, tokens: tokens(counts), overrides, at });

describe('the bundled list', () => {
  test('prices a dated snapshot, cached tokens at their own rate', () => {
    const counts = { inputTokens: 1_000, cachedInputTokens: 600, outputTokens: 100 };
    const query = { provider: 'openai', models: ['gpt-5-mini-2025-08-07'], tokens: tokens(counts), at };
    // 400 × $0.25 + 600 × $0.025 + 100 × $2 a million.
    expect(priceMicroUsd(query)).toBe(315);
  });

  test('does not know every model, and says so', () => {
    expect(
      priceMicroUsd({ provider: 'openai', models: ['llama3.2'], tokens: tokens({ inputTokens: 5 }), at }),
    ).toBeNull();
  });

  test('is asked for the name the call was made under when it does not know the one that came back', () => {
    const models = ['deployment-7', 'gpt-5-mini'];
    expect(priceMicroUsd({ provider: 'openai', models, tokens: tokens({ outputTokens: 10 }), at })).toBe(20);
  });

  test('prices by the host where it is a known one', () => {
    const query = { provider: 'openai', models: ['deepseek-chat'], tokens: tokens({ outputTokens: 1_000_000 }), at };
    expect(priceMicroUsd(query)).toBeNull();
    expect(priceMicroUsd({ ...query, baseUrl: 'https://api.deepseek.com/v1' })).toBeGreaterThan(0);
  });
});

describe('an override', () => {
  test('goes before the list, to the micro-dollar', () => {
    const counts = { inputTokens: 1_000, cachedInputTokens: 600, cacheWriteTokens: 100, outputTokens: 7 };
    // 300 × 3 + 600 × 0.3 + 100 × 3.75 + 7 × 15.
    expect(house(counts, [override({})])).toBe(1_560);
  });

  test('holds from its day on, and the latest wins', () => {
    const list = [
      override({ from: '2026-11-21', rates: { input: 99, output: 99 } }),
      override({ from: '2026-11-01', rates: { input: 2, output: 2 } }),
      override({}),
    ];
    expect(house({ inputTokens: 10 }, list)).toBe(20);
  });

  test('may charge a long prompt more, the whole of it', () => {
    const longPrompt = { aboveTokens: 100, rates: { input: 10, output: 20 } };
    expect(house({ inputTokens: 100, outputTokens: 1 }, [override({ longPrompt })])).toBe(315);
    expect(house({ inputTokens: 101, outputTokens: 1 }, [override({ longPrompt })])).toBe(1_030);
  });

  test('covers dated snapshots of its model and no other model', () => {
    expect(house({ inputTokens: 1 }, [override({})], ['house-2026-02-03'])).toBe(3);
    expect(house({ inputTokens: 1 }, [override({})], ['house-pro'])).toBeNull();
  });

  test('of nothing makes a model free', () => {
    expect(house({ inputTokens: 9_999 }, [override({ rates: { input: 0, output: 0 } })])).toBe(0);
  });
});

/** In dollars a million tokens: of the prompt, of what is read from the cache, of the reply. */
test.each([
  { model: 'anthropic/claude-haiku-5-5', input: 0.1, cached: 0.01, output: 0.5 },
  { model: 'anthropic/claude-sonnet-5-5', input: 2, cached: 0.1, output: 10 },
  { model: 'anthropic/claude-opus-5-5', input: 4, cached: 0.2, output: 20 },
  { model: 'anthropic/claude-fable-5-1', input: 10, cached: 0.25, output: 50 },
  { model: 'openai/gpt-6-luna', input: 0.1, cached: 0.01, output: 0.5 },
  { model: 'openai/gpt-6.1-terra', input: 1, cached: 0.05, output: 5 },
  { model: 'openai/gpt-6.1-sol', input: 2, cached: 0.1, output: 10 },
  { model: 'openai/gpt-6-astra', input: 10, cached: 1, output: 50 },
  { model: 'aws/anthropic.claude-sonnet-5-5', input: 2.2, cached: 0.22, output: 11 },
])('$model costs what its provider said when the table was last checked', ({ model: name, input, cached, output }) => {
  const [provider = '', model = ''] = name.split('/');
  const checkedAt = new Date(PRICES_CHECKED_ON);
  const million = (counts: Partial<TokenCounts>) =>
    (priceMicroUsd({ provider, models: [model], tokens: tokens(counts), at: checkedAt }) ?? Number.NaN) / 10_000;
  expect(million({ inputTokens: 10_000 })).toBeCloseTo(input, 5);
  expect(million({ inputTokens: 10_000, cachedInputTokens: 10_000 })).toBeCloseTo(cached, 5);
  expect(million({ outputTokens: 10_000 })).toBeCloseTo(output, 5);
});

test('cost is rounded to the nearest micro-dollar', () => {
  const rates = { input: 0.125, output: 0 };
  expect(house({ inputTokens: 3 }, [override({ rates })])).toBe(0);
  expect(house({ inputTokens: 4 }, [override({ rates })])).toBe(1);
});

test('figures that contradict each other still give a cost', () => {
  expect(house({ inputTokens: 10, cachedInputTokens: 50, cacheWriteTokens: 50 }, [override({})])).toBe(3);
});
