/** Waits `ms` milliseconds. Rejects at once with the signal's reason when it aborts. */
export type Sleep = (ms: number, signal: AbortSignal) => Promise<void>;

export const sleep: Sleep = (ms, signal) =>
  new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal.addEventListener('abort', onAbort, { once: true });
  });

/**
 * What `start` comes to, or a rejection with the signal's reason as soon as it aborts. Whatever the abandoned work does
 * afterwards is ignored: a call that does not listen to its signal must not hold up a cancel.
 */
export async function untilAborted<T>(signal: AbortSignal, start: () => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  const abort = Promise.withResolvers<never>();
  const onAbort = () => abort.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([start(), abort.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** The call did not end within its time. */
export class TimedOutError extends Error {
  override readonly name = 'TimedOutError';

  constructor(ms: number) {
    super(`timed out after ${ms / 1_000} s`);
  }
}

/**
 * What `start` comes to, within `ms` and for as long as `signal` lets it.
 * @throws {TimedOutError} when it takes longer
 * @throws the signal's reason, when aborted
 */
export async function withTimeout<T>(
  { signal, ms }: { signal: AbortSignal; ms: number },
  start: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(new TimedOutError(ms)), ms);
  const either = AbortSignal.any([signal, timeout.signal]);
  try {
    return await untilAborted(either, () => start(either));
  } catch (error) {
    // What the call makes of its abort is its own matter; ours is why it was aborted.
    throw either.aborted ? either.reason : error;
  } finally {
    clearTimeout(timer);
  }
}
