import { describe, expect, it } from 'vitest';
import { type Policy, takeFrom } from './bucket.ts';

const policy: Policy = { name: 'test', quota: 20, windowSeconds: 10 };

/** What happens to requests that come at these moments. */
function play(atMs: readonly number[]): boolean[] {
  let fullAtMs = 0;
  return atMs.map((nowMs) => {
    const taken = takeFrom(fullAtMs, nowMs, policy);
    fullAtMs = taken.fullAtMs;
    return taken.isAdmitted;
  });
}

const admitted = (results: readonly boolean[]) => results.filter(Boolean).length;

describe('takeFrom', () => {
  it('lets through what is allowed at once, and not one more', () => {
    expect(admitted(play(Array.from({ length: 50 }, () => 1_000)))).toBe(20);
  });

  it('lets a request through again as soon as it said it would', () => {
    const taken = Array.from({ length: 20 }).reduce<number>((fullAt) => takeFrom(fullAt, 0, policy).fullAtMs, 0);
    const refused = takeFrom(taken, 0, policy);
    expect(refused).toEqual({ isAdmitted: false, fullAtMs: taken, remaining: 0, resetMs: 500 });
    expect(takeFrom(taken, refused.resetMs - 1, policy).isAdmitted).toBe(false);
    expect(takeFrom(taken, refused.resetMs, policy).isAdmitted).toBe(true);
  });

  it('lets the rate through for as long as one likes, and no more than that', () => {
    const steady = Array.from({ length: 1_000 }, (_, index) => index * 500);
    expect(admitted(play(steady))).toBe(1_000);
    // Ten times as often, for a hundred seconds: 2 a second, and what was in the bucket.
    const flood = Array.from({ length: 2_000 }, (_, index) => index * 50);
    expect(admitted(play(flood))).toBeLessThanOrEqual(20 + 200);
  });

  it('counts down what remains, and says when all of it is back', () => {
    expect(takeFrom(0, 5_000, policy)).toMatchObject({ remaining: 19, resetMs: 500 });
    expect(takeFrom(9_500, 5_000, policy)).toMatchObject({ remaining: 10, resetMs: 5_000 });
  });
});
