import { type FlotillaError, isPassing } from './errors.ts';
import { delayBefore } from './retry.ts';
import type { Sleep } from './sleep.ts';

/** Longer than an API takes to be deployed anew: with waits of 8 s at most, about a minute on average. */
const IN_VAIN_MAX = 15;

/** How long somebody who follows a mission bears with an API that is not there. */
export type Patience = {
  /** Something came: what failed before is forgotten. */
  reset(): void;
  /**
   * Waits before the next go, `atLeastMs`, after a failure, or after an answer that brought nothing (no error); not beyond
   * `notAfter`, in milliseconds since 1970, whatever was asked for. Rejects with the error once it will not pass, or has
   * been met too often in a row.
   */
  wait(after: { error?: FlotillaError | undefined; atLeastMs?: number; notAfter?: number }): Promise<void>;
};

export function createPatience(options: {
  sleep: Sleep;
  random: () => number;
  signal?: AbortSignal | undefined;
}): Patience {
  const { sleep, random, signal } = options;
  let inVain = 0;
  return {
    reset() {
      inVain = 0;
    },
    async wait({ error, atLeastMs = 0, notAfter = Number.POSITIVE_INFINITY }) {
      signal?.throwIfAborted();
      const asked = error?.retryAfterMs ?? 0;
      const delayMs = delayBefore(inVain, { retryAfterMs: Math.max(atLeastMs, asked), random });
      if (error && (!isPassing(error) || inVain >= IN_VAIN_MAX || delayMs === null)) throw error;
      inVain += 1;
      await sleep(Math.max(0, Math.min(delayMs ?? atLeastMs, notAfter - Date.now())), signal);
    },
  };
}
