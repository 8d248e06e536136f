import { describe, expect, it } from 'vitest';
import { type Policy, takeFrom } from './bucket.ts';
import { tooManyRequests } from './rate-headers.ts';

const policy: Policy = { name: 'test', quota: 1, windowSeconds: 1 };

describe('tooManyRequests', () => {
  it('asks for one second where one is left, whatever the clock’s fractions add to it', () => {
    // Clock readings whose sum with a second is rounded up in its last bit.
    const readings = Array.from({ length: 1_000 }, (_, index) => 24.7 + index / 7);
    const waits = readings.map((nowMs) => {
      const refused = takeFrom(takeFrom(0, nowMs, policy).fullAtMs, nowMs, policy);
      expect(refused.isAdmitted).toBe(false);
      return tooManyRequests('You', policy, refused).parts.headers?.['Retry-After'];
    });
    expect(new Set(waits)).toEqual(new Set(['1']));
  });
});
