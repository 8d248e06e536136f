import { describe, expect, test } from 'vitest';
import { priceMicroUsd, type TokenCounts } from './price.ts';
import type { PriceOverride } from './price-overrides.ts';

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

test('the default models have a price', () => {
  for (const model of ['claude-sonnet-5-5', 'claude-haiku-5-5']) {
    expect(
      priceMicroUsd({ provider: 'anthropic', models: [model], tokens: tokens({ inputTokens: 1_000_000 }), at }),
    ).toBeGreaterThan(0);
  }
});

test('cost is rounded to the nearest micro-dollar', () => {
  const rates = { input: 0.125, output: 0 };
  expect(house({ inputTokens: 3 }, [override({ rates })])).toBe(0);
  expect(house({ inputTokens: 4 }, [override({ rates })])).toBe(1);
});

test('figures that contradict each other still give a cost', () => {
  expect(house({ inputTokens: 10, cachedInputTokens: 50, cacheWriteTokens: 50 }, [override({})])).toBe(3);
});
