import {
  MODEL_CALL_TIMEOUT_MS,
  MODEL_FIRST_TOKEN_TIMEOUT_MS,
  MODEL_NEXT_TOKEN_TIMEOUT_MS,
  MODEL_REASONING_TIMEOUT_MS,
  RetryableError,
} from '@flotilla/core';

/** How long one model call may keep us waiting. Every limit counts new tokens; keep-alive bytes are none. */
export type CallTimings = {
  firstTokenMs: number;
  nextTokenMs: number;
  /** Stands in for both of the above while the model is known to think without showing it. */
  reasoningMs: number;
  totalMs: number;
};

const DEFAULT_TIMINGS: CallTimings = {
  firstTokenMs: MODEL_FIRST_TOKEN_TIMEOUT_MS,
  nextTokenMs: MODEL_NEXT_TOKEN_TIMEOUT_MS,
  reasoningMs: MODEL_REASONING_TIMEOUT_MS,
  totalMs: MODEL_CALL_TIMEOUT_MS,
};

/** Limits that differ from the usual ones: for every model, or for each by its name. */
export type TimingsOf = Partial<CallTimings> | ((model: string) => Partial<CallTimings>);

export function timingsFor(of: TimingsOf | undefined, model: string): CallTimings {
  return { ...DEFAULT_TIMINGS, ...(typeof of === 'function' ? of(model) : of) };
}

/** What an event says about the model: nothing, that it spoke, or that it is thinking unseen and may be long. */
export type Movement = 'none' | 'token' | 'thinking';

export type Watchdog = {
  /** Aborts with the caller's signal, or when a limit passes. */
  readonly signal: AbortSignal;
  /** Rejects with the abort's reason at the moment of the abort, whether or not the socket has noticed yet. */
  readonly aborted: Promise<never>;
  moved(movement: Movement): void;
  stop(): void;
};

export type WatchdogOptions = {
  provider: string;
  timings: CallTimings;
  signal: AbortSignal;
  /** The model thinks before its first token, and nothing on the wire shows it. */
  thinksUnseen: boolean;
  /** Names the request in messages, once the provider has given it an id. */
  inRequest?: () => string;
};

/** Guards one call. Has to be stopped, or its timers outlive the call. */
export function createWatchdog(options: WatchdogOptions): Watchdog {
  const { provider, timings, signal: caller, inRequest = () => '' } = options;
  const controller = new AbortController();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  // The abort may come when nobody is racing against it any more.
  aborted.catch(() => undefined);

  let waitMs = options.thinksUnseen ? timings.reasoningMs : timings.firstTokenMs;
  let hasSpoken = false;

  const stop = () => {
    clearTimeout(stall);
    clearTimeout(total);
    caller.removeEventListener('abort', onCallerAbort);
  };
  const abort = (reason: unknown) => {
    stop();
    reject(reason);
    controller.abort(reason);
  };
  const onCallerAbort = () => abort(caller.reason);
  const onStall = () => {
    const what = hasSpoken ? 'no new token' : 'no first token';
    abort(new RetryableError('provider_timeout', `${provider} sent ${what} for ${waitMs} ms${inRequest()}`));
  };
  const onTotal = () =>
    abort(
      new RetryableError('provider_timeout', `${provider} had not finished after ${timings.totalMs} ms${inRequest()}`),
    );

  let stall = setTimeout(onStall, waitMs);
  const total = setTimeout(onTotal, timings.totalMs);
  caller.addEventListener('abort', onCallerAbort, { once: true });
  if (caller.aborted) onCallerAbort();

  return {
    signal: controller.signal,
    aborted,
    moved(movement) {
      if (movement === 'none' || controller.signal.aborted) return;
      hasSpoken = true;
      const nextMs = movement === 'thinking' ? timings.reasoningMs : timings.nextTokenMs;
      if (nextMs === waitMs) {
        stall.refresh();
        return;
      }
      waitMs = nextMs;
      clearTimeout(stall);
      stall = setTimeout(onStall, waitMs);
    },
    stop,
  };
}
