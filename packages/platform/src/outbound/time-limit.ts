import { OutboundFailedError } from './errors.ts';

export type TimeLimit = {
  readonly signal: AbortSignal;
  /** Rejects when the time is up or the caller's signal aborts. */
  readonly ended: Promise<never>;
  /** Why it ended, if it did. */
  reason(): OutboundFailedError | undefined;
  /** Lets go of the timer and of the caller's signal. */
  end(): void;
};

/**
 * One limit over several waits, joined with the caller's signal. By hand: AbortSignal.any() keeps every signal it
 * made for as long as the caller's lives, and a worker's lives for days.
 */
export function startTimeLimit(ms: number, outer: AbortSignal | undefined): TimeLimit {
  const controller = new AbortController();
  const { promise: ended, reject } = Promise.withResolvers<never>();
  ended.catch(() => {});
  let reason: OutboundFailedError | undefined;
  function finish(kind: 'timeout' | 'aborted', cause?: unknown): void {
    reason = new OutboundFailedError(kind, { cause });
    controller.abort(reason);
    reject(reason);
  }
  const onAbort = (): void => finish('aborted', outer?.reason);
  const timer = setTimeout(finish, ms, 'timeout');
  if (outer?.aborted === true) onAbort();
  else outer?.addEventListener('abort', onAbort, { once: true });
  return {
    signal: controller.signal,
    ended,
    reason: () => reason,
    end() {
      clearTimeout(timer);
      outer?.removeEventListener('abort', onAbort);
    },
  };
}
