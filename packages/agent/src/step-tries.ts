import type { RetryableError } from '@flotilla/core';
import { FAILURE_CODES, PROVIDER_PATIENCE_MS, STEP_TRIES } from '@flotilla/core';
import { waitAfterTry } from './backoff.ts';

/** What becomes of a step after a go that failed. `summary` says after how many goes, and in how long. */
export type AfterFailure = { kind: 'wait'; afterMs: number } | { kind: 'give_up'; summary: string };

/** The goes at the step at hand. */
export type StepTries = {
  /** Goes that were made and failed. */
  readonly made: number;
  /** Since when its provider has been down, overloaded or limiting it, in milliseconds ago; `null`: it has not. */
  failingForMs(): number | null;
  /** The ordinal of the go that begins now. */
  begin(): number;
  fail(failure: RetryableError): AfterFailure;
  /** The next step begins with none. */
  reset(): void;
};

export type StepTriesOptions = {
  /** What earlier runs made of the step. */
  tries: number;
  failingForMs: number | null;
  patienceMs?: number | undefined;
  random?: (() => number) | undefined;
  /** A monotonic clock in milliseconds. */
  now?: (() => number) | undefined;
};

/**
 * Counts a step's goes, and judges after each that failed whether there is another.
 *
 * A failure that says nothing about the step (`not_now`: its provider is down, overloaded or limits it) is none of its
 * `STEP_TRIES`: it is waited out, for `patienceMs` from the first of them on. Otherwise an outage that outlasts three
 * short waits would end every mission of the fleet. When the patience is over, every failure is the last, though not
 * before `STEP_TRIES` goes were made: a provider may ask for a wait that is longer than the patience.
 */
export function createStepTries(options: StepTriesOptions): StepTries {
  const { patienceMs = PROVIDER_PATIENCE_MS, random = Math.random, now = () => performance.now() } = options;
  let made = options.tries;
  // What is handed over does not tell the two kinds apart. While the provider fails none is held against the step: the
  // patience bounds them all.
  let own = options.failingForMs === null ? made : 0;
  let failingSince = options.failingForMs === null ? null : now() - options.failingForMs;
  let begunAt = failingSince;

  const failingForMs = () => (failingSince === null ? null : Math.max(0, Math.round(now() - failingSince)));

  return {
    get made() {
      return made;
    },
    failingForMs,
    begin() {
      if (made === 0) begunAt = now();
      return made + 1;
    },
    fail({ code, retryAfterMs }) {
      made += 1;
      if (FAILURE_CODES[code].kind === 'not_now') failingSince ??= now();
      else own += 1;
      const isPatienceOver = (failingForMs() ?? -1) >= patienceMs;
      if (own >= STEP_TRIES || (made >= STEP_TRIES && isPatienceOver)) {
        const time = begunAt === null ? '' : ` in ${describeMs(now() - begunAt)}`;
        return { kind: 'give_up', summary: `after ${made} tries${time}` };
      }
      return { kind: 'wait', afterMs: waitAfterTry({ tries: made, retryAfterMs, random }) };
    },
    reset() {
      made = 0;
      own = 0;
      failingSince = null;
      begunAt = null;
    },
  };
}

function describeMs(ms: number): string {
  const seconds = Math.ceil(ms / 1_000);
  return seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}
