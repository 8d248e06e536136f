import { BREAKER_OPEN_CAP_MS, BREAKER_OPEN_FIRST_MS, BREAKER_OPENS_AFTER } from '@flotilla/core';

/**
 * Judges whether a model can be called at all. It opens after so many failures in a row, lets a single call try when its
 * time is over, and closes with the first that succeeds; each try that fails doubles the time.
 *
 * Of our own, and not cockatiel's: its half-open state keeps every other call waiting for the one that tries, which
 * with a stalled model is minutes, and a mission can wait outside of a slot.
 */
export type Breaker = {
  /** `null`: call it, and say how it went. Otherwise when to ask again, in milliseconds. */
  refusesForMs(): number | null;
  /** `true`: it has opened with this failure. */
  failed(): boolean;
  succeeded(): void;
  /** It ended in a way that says nothing: the next may try. */
  ended(): void;
  state(): 'closed' | 'open' | 'half_open';
};

/** Asked while the one call that tries is under way. */
const TRYING_MS = 1_000;

/** `now` is a monotonic clock in milliseconds. */
export function createBreaker(now: () => number): Breaker {
  let failures = 0;
  let openMs = 0;
  let opensUntil = 0;
  let isTrying = false;

  return {
    refusesForMs() {
      if (openMs === 0) return null;
      const leftMs = opensUntil - now();
      if (leftMs > 0) return leftMs;
      if (isTrying) return TRYING_MS;
      isTrying = true;
      return null;
    },
    failed() {
      failures += 1;
      // Those that were under way when it opened say nothing new.
      const isOver = openMs === 0 ? failures >= BREAKER_OPENS_AFTER : isTrying && now() >= opensUntil;
      if (!isOver) return false;
      openMs = openMs === 0 ? BREAKER_OPEN_FIRST_MS : Math.min(openMs * 2, BREAKER_OPEN_CAP_MS);
      opensUntil = now() + openMs;
      isTrying = false;
      return true;
    },
    succeeded() {
      failures = 0;
      openMs = 0;
      isTrying = false;
    },
    ended() {
      isTrying = false;
    },
    state() {
      if (openMs === 0) return 'closed';
      return now() < opensUntil ? 'open' : 'half_open';
    },
  };
}
