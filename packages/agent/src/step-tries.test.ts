import type { FailureCode } from '@flotilla/core';
import { PROVIDER_PATIENCE_MS, RetryableError, STEP_BACKOFF_CAP_MS, STEP_TRIES } from '@flotilla/core';
import { describe, expect, test } from 'vitest';
import { createStepTries, type StepTriesOptions } from './step-tries.ts';

const failure = (code: FailureCode, retryAfterMs: number | null = null) =>
  new RetryableError(code, code, { retryAfterMs });

/** A step's goes on a clock of the test's own; `fail` moves it on by the wait that comes of it. */
function createGoes(changes: Partial<StepTriesOptions> = {}) {
  let clockMs = 1_000;
  const tries = createStepTries({ tries: 0, failingForMs: null, random: () => 1, now: () => clockMs, ...changes });
  return {
    tries,
    fail(code: FailureCode, retryAfterMs: number | null = null) {
      tries.begin();
      const next = tries.fail(failure(code, retryAfterMs));
      if (next.kind === 'wait') clockMs += next.afterMs;
      return next;
    },
  };
}

describe('a provider that is down, overloaded or limits a step', () => {
  test.each(['provider_unreachable', 'provider_overloaded', 'provider_rate_limited', 'provider_error'] as const)(
    'is waited for beyond the tries of the step, until the patience is over: %s',
    (code) => {
      const { tries, fail } = createGoes();
      let next = fail(code);
      while (next.kind === 'wait') next = fail(code);
      expect(tries.failingForMs()).toBeGreaterThanOrEqual(PROVIDER_PATIENCE_MS);
      expect(tries.failingForMs()).toBeLessThanOrEqual(PROVIDER_PATIENCE_MS + STEP_BACKOFF_CAP_MS);
      expect(next).toEqual({ kind: 'give_up', summary: 'after 22 tries in 15 min' });
    },
  );

  test('leaves a step that its own failures have not ended as many tries as before', () => {
    const { fail } = createGoes();
    for (let go = 0; go < 5; go += 1) expect(fail('provider_overloaded').kind).toBe('wait');
    expect(fail('provider_stream_cut').kind).toBe('wait');
    expect(fail('provider_unreachable').kind).toBe('wait');
    expect(fail('provider_timeout').kind).toBe('wait');
    expect(fail('provider_bad_response')).toMatchObject({ kind: 'give_up' });
  });

  test('is waited for over releases: the time before counts, the goes before do not', () => {
    const early = createGoes({ tries: 20, failingForMs: PROVIDER_PATIENCE_MS - 1 });
    expect(early.fail('provider_overloaded')).toEqual({ kind: 'wait', afterMs: STEP_BACKOFF_CAP_MS });
    expect(early.tries.made).toBe(21);
    expect(early.tries.failingForMs()).toBe(PROVIDER_PATIENCE_MS - 1 + STEP_BACKOFF_CAP_MS);
    const late = createGoes({ tries: 20, failingForMs: PROVIDER_PATIENCE_MS });
    expect(late.fail('provider_overloaded')).toEqual({ kind: 'give_up', summary: 'after 21 tries in 15 min' });
  });

  test('gets the goes of any other step even where it asks for waits longer than the patience', () => {
    const { fail } = createGoes();
    for (let go = 1; go < STEP_TRIES; go += 1) expect(fail('provider_rate_limited', 3_600_000).kind).toBe('wait');
    expect(fail('provider_rate_limited', 3_600_000)).toMatchObject({ kind: 'give_up' });
  });

  test('does not keep a step going for ever that fails by itself as well', () => {
    const { fail } = createGoes({ tries: 20, failingForMs: PROVIDER_PATIENCE_MS });
    expect(fail('provider_stream_cut')).toMatchObject({ kind: 'give_up' });
  });

  test('has no patience where a deployment wants none', () => {
    const { fail } = createGoes({ patienceMs: 0 });
    for (let go = 1; go < STEP_TRIES; go += 1) expect(fail('provider_overloaded').kind).toBe('wait');
    expect(fail('provider_overloaded')).toEqual({ kind: 'give_up', summary: 'after 3 tries in 2 s' });
  });
});

test.each(['provider_timeout', 'provider_stream_cut', 'provider_bad_response', 'internal_error'] as const)(
  'a step that fails by itself has three tries: %s',
  (code) => {
    const { tries, fail } = createGoes();
    expect([fail(code), fail(code), fail(code)].map(({ kind }) => kind)).toEqual(['wait', 'wait', 'give_up']);
    expect(tries.failingForMs()).toBeNull();
  },
);

test('the next step begins with all its tries, and with a provider that is well', () => {
  const { tries, fail } = createGoes({ tries: 2, failingForMs: 5_000 });
  fail('provider_stream_cut');
  tries.reset();
  expect([tries.made, tries.failingForMs(), tries.begin()]).toEqual([0, null, 1]);
  expect([fail('provider_timeout'), fail('provider_timeout')].map(({ kind }) => kind)).toEqual(['wait', 'wait']);
});

test('a wait is spread over its whole range above what was asked for, and never shorter', () => {
  for (const random of [0, 0.5, 0.999]) {
    const { fail } = createGoes({ random: () => random });
    expect(fail('provider_rate_limited', 2_000)).toEqual({ kind: 'wait', afterMs: Math.round(2_000 + random * 500) });
  }
});
