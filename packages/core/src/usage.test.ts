import { expect, it } from 'vitest';
import { addUsage, NO_USAGE } from './usage.ts';

const some = { inputTokens: 10, outputTokens: 2, cachedInputTokens: 3, costMicroUsd: 7 };

it('usages add up', () => {
  expect(addUsage(some, some)).toEqual({ inputTokens: 20, outputTokens: 4, cachedInputTokens: 6, costMicroUsd: 14 });
  expect(addUsage(NO_USAGE, some)).toEqual(some);
});

it('an unknown cost stays unknown in the sum', () => {
  expect(addUsage(some, { ...some, costMicroUsd: null }).costMicroUsd).toBeNull();
});
