import { STEP_BACKOFF_CAP_MS, STEP_BACKOFF_FIRST_MS } from '@flotilla/core';

/**
 * How long to wait after a failed try, in milliseconds: never less than the other side asked for, plus exponential
 * backoff with full jitter (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/), so that the
 * missions which were turned away together do not come back together.
 */
export function waitAfterTry(wait: { tries: number; retryAfterMs: number | null; random: () => number }): number {
  const ceilingMs = Math.min(STEP_BACKOFF_CAP_MS, STEP_BACKOFF_FIRST_MS * 2 ** (wait.tries - 1));
  return Math.round((wait.retryAfterMs ?? 0) + wait.random() * ceilingMs);
}
