import { PROVIDER_PATIENCE_MS, RetryableError, STEP_BACKOFF_CAP_MS, WAIT_IN_PLACE_UP_TO_MS } from '@flotilla/core';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Outcome } from './outcome.ts';
import { runMission } from './run.ts';
import { createScene } from './testing/script.ts';
import { says } from './testing/spec.ts';

const MINUTE_MS = 60_000;
const MISSIONS = 1_000;

type Lived = {
  outcome: Outcome;
  /** When each call was made, in milliseconds since the outage began. */
  callsAt: number[];
  /** The longest that one run of it held a slot. */
  heldMs: number;
  tries: number | undefined;
};

/** A mission from its start until its end, on a clock of its own, run again after each release as a worker would. */
async function live(endsAtMs: number, startsAtMs: number): Promise<Lived> {
  let clockMs = startsAtMs;
  let spent: { tries: number; failingForMs: number | null } = { tries: 0, failingForMs: null };
  let heldMs = 0;
  const callsAt: number[] = [];
  const answer = async () => {
    callsAt.push(clockMs);
    if (clockMs < endsAtMs) throw new RetryableError('provider_overloaded', 'busy');
    return says('ok');
  };
  const { input, journal } = createScene(
    Array.from({ length: 100 }, () => answer),
    [],
    { random: Math.random, now: () => clockMs, sleep: async (ms) => void (clockMs += ms) },
  );
  for (;;) {
    const claimedAt = clockMs;
    const outcome = await runMission({ ...input, ...spent });
    heldMs = Math.max(heldMs, clockMs - claimedAt);
    if (outcome.kind !== 'retry_later') return { outcome, callsAt, heldMs, tries: journal.steps[0]?.tries };
    spent = { tries: outcome.tries, failingForMs: outcome.failingForMs };
    // What a release keeps is a moment: the wait in the queue counts.
    if (spent.failingForMs !== null) spent.failingForMs += outcome.afterMs;
    clockMs += outcome.afterMs;
  }
}

async function liveAll(missions: number, endsAtMs: number): Promise<Lived[]> {
  return Promise.all(Array.from({ length: missions }, (_, index) => live(endsAtMs, index)));
}

describe('a provider that is down for ten minutes', () => {
  let lives: Lived[];
  beforeAll(async () => {
    lives = await liveAll(MISSIONS, 10 * MINUTE_MS);
  }, 60_000);

  test('fails none of 1,000 missions, and each of them counts its goes', () => {
    expect(new Set(lives.map(({ outcome }) => outcome.kind))).toEqual(new Set(['completed']));
    expect(lives.filter(({ tries, callsAt }) => tries !== callsAt.length)).toEqual([]);
    const lastAt = Math.max(...lives.map(({ callsAt }) => callsAt.at(-1) ?? 0));
    expect(lastAt).toBeLessThanOrEqual(10 * MINUTE_MS + STEP_BACKOFF_CAP_MS);
  });

  test('is asked by each mission about twice a minute, and never by all at once', () => {
    const calls = lives.flatMap(({ callsAt }) => callsAt);
    const inSecond = new Map<number, number>();
    for (const at of calls.filter((when) => when > 2 * MINUTE_MS)) {
      const second = Math.floor(at / 1_000);
      inSecond.set(second, (inSecond.get(second) ?? 0) + 1);
    }
    expect(Math.max(...inSecond.values())).toBeLessThan(MISSIONS / 10);
  });

  test('holds a slot for seconds at a time, and not for the outage', () => {
    const held = lives.map(({ heldMs }) => heldMs);
    // Waits double, so that hardly more than four in a row are short enough to be waited for in place.
    expect(Math.max(...held)).toBeLessThan(8 * WAIT_IN_PLACE_UP_TO_MS);
    expect(held.reduce((sum, ms) => sum + ms, 0) / MISSIONS).toBeLessThan(2 * WAIT_IN_PLACE_UP_TO_MS);
  });
});

test('a provider that is down for longer than the patience fails missions, and they say after how many tries', async () => {
  for (const { outcome, callsAt } of await liveAll(20, 2 * PROVIDER_PATIENCE_MS)) {
    expect(outcome).toEqual({
      kind: 'failed',
      code: 'provider_overloaded',
      message: expect.stringMatching(`^busy \\(after ${callsAt.length} tries in 1[56] min\\)$`),
    });
  }
});
