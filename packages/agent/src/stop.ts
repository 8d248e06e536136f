import type { StopReason } from './outcome.ts';

/** What a call is aborted with when its mission stops. */
export class StoppedError extends Error {
  override readonly name = 'StoppedError';

  constructor(reason: StopReason) {
    super(`the mission was told to stop: ${reason}`);
  }
}

/**
 * The one signal that travels back to a running mission.
 *
 * `cancel`, `deadline` and `fenced` end it at once: in-flight calls are aborted and nothing more is committed. `pause`
 * and `drain` let what is in flight finish and be committed, and nothing new start. The first reason to end at once
 * stays; it overrides one that would have waited.
 */
export type Stop = {
  readonly reason: StopReason | null;
  /** Aborts as soon as a stop of any kind is asked for: whoever only waits need not wait on. */
  readonly requested: AbortSignal;
  /** Aborts when in-flight calls are to end. */
  readonly signal: AbortSignal;
  request(reason: StopReason): void;
  /** The drain grace is over: in-flight calls are aborted too, and their step is finished by someone else. */
  abortNow(): void;
};

const ENDS_AT_ONCE: ReadonlySet<StopReason> = new Set<StopReason>(['cancel', 'deadline', 'fenced']);

export function createStop(): Stop {
  const requested = new AbortController();
  const aborted = new AbortController();
  let reason: StopReason | null = null;

  return {
    get reason() {
      return reason;
    },
    requested: requested.signal,
    signal: aborted.signal,
    request(asked) {
      const isHard = ENDS_AT_ONCE.has(asked);
      if (reason === null || (isHard && !ENDS_AT_ONCE.has(reason))) reason = asked;
      requested.abort(new StoppedError(reason));
      if (isHard) aborted.abort(new StoppedError(reason));
    },
    abortNow() {
      reason ??= 'drain';
      requested.abort(new StoppedError(reason));
      aborted.abort(new StoppedError(reason));
    },
  };
}
