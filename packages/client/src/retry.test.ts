import { describe, expect, it } from 'vitest';
import { delayBefore, readRetryAfter } from './retry.ts';

const NOW = Date.parse('2027-01-01T00:00:00Z');

it.each([
  ['7', 7_000],
  ['0', 0],
  ['Fri, 01 Jan 2027 00:00:30 GMT', 30_000],
  ['Thu, 31 Dec 2026 00:00:00 GMT', 0],
  ['soon', null],
  [null, null],
])('Retry-After: %s means %s ms', (header, ms) => {
  expect(readRetryAfter(header, NOW)).toBe(ms);
});

describe('a retry', () => {
  it('waits longer each time, up to a most, and anywhere below it', () => {
    const most = [0, 1, 2, 3, 10].map((retry) => delayBefore(retry, { retryAfterMs: null, random: () => 1 }));
    expect(most).toEqual([500, 1_000, 2_000, 4_000, 8_000]);
    expect(delayBefore(3, { retryAfterMs: null, random: () => 0.25 })).toBe(1_000);
  });

  it('comes no earlier than it was asked to, and not at the same moment as all others', () => {
    expect(delayBefore(0, { retryAfterMs: 5_000, random: () => 0 })).toBe(5_000);
    expect(delayBefore(0, { retryAfterMs: 5_000, random: () => 1 })).toBe(5_500);
  });

  it('is left to the caller when it is asked to wait for minutes', () => {
    expect(delayBefore(0, { retryAfterMs: 61_000, random: () => 0 })).toBeNull();
  });
});
