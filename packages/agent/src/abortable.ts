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
 * Calls `abort` with the signal's reason when it aborts, or at once when it already has, until the function that comes
 * back is called. One listener: `AbortSignal.any` for every call was a twelfth of a worker's processor time.
 */
export function onAborted(signal: AbortSignal, abort: (reason: unknown) => void): () => void {
  if (signal.aborted) {
    abort(signal.reason);
    return () => undefined;
  }
  const listener = () => abort(signal.reason);
  signal.addEventListener('abort', listener, { once: true });
  return () => signal.removeEventListener('abort', listener);
}

/**
 * What `start` comes to, or a rejection with the signal's reason as soon as it aborts. Whatever the abandoned work does
 * afterwards is ignored: a call that does not listen to its signal must not hold up a cancel.
 */
export async function untilAborted<T>(signal: AbortSignal, start: () => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const stopListening = onAborted(signal, aborted.reject);
  try {
    return await Promise.race([start(), aborted.promise]);
  } finally {
    stopListening();
  }
}

/** The call did not end within its time. */
export class TimedOutError extends Error {
  override readonly name = 'TimedOutError';

  constructor(ms: number) {
    super(`timed out after ${ms / 1_000} s`);
  }
}

/** Counts a call's time. It stands still while the call waits for what has a time of its own. */
export type Clock = { stop(): void; go(): void };

/**
 * What `start` comes to, within `ms` and for as long as `signal` lets it. The signal `start` is given aborts with either.
 * @throws {TimedOutError} when it takes longer
 * @throws the signal's reason, when aborted
 */
export async function withTimeout<T>(
  { signal, ms }: { signal: AbortSignal; ms: number },
  start: (signal: AbortSignal, clock: Clock) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const call = new AbortController();
  const aborted = Promise.withResolvers<never>();
  const abort = (reason: unknown) => {
    aborted.reject(reason);
    call.abort(reason);
  };
  const onTime = () => abort(new TimedOutError(ms));
  let leftMs = ms;
  let sinceMs = performance.now();
  let timer: NodeJS.Timeout | undefined = setTimeout(onTime, ms);
  let isOver = false;
  const clock: Clock = {
    stop() {
      if (timer === undefined) return;
      clearTimeout(timer);
      timer = undefined;
      leftMs = Math.max(0, leftMs - (performance.now() - sinceMs));
    },
    go() {
      if (timer !== undefined || isOver) return;
      sinceMs = performance.now();
      timer = setTimeout(onTime, leftMs);
    },
  };
  const stopListening = onAborted(signal, abort);
  try {
    return await Promise.race([start(call.signal, clock), aborted.promise]);
  } catch (error) {
    // What the call makes of its abort is its own matter; ours is why it was aborted.
    throw call.signal.aborted ? call.signal.reason : error;
  } finally {
    isOver = true;
    clearTimeout(timer);
    stopListening();
  }
}

/** Waits for what is being done, for `ms` milliseconds at most. Both ends of it are alike. */
export async function within(ms: number, work: Promise<unknown>): Promise<void> {
  const over = new AbortController();
  await Promise.race([work, sleep(ms, over.signal).catch(() => undefined)]);
  over.abort();
}
