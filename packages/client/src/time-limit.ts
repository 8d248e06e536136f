/** A limit on how long something may take, beside its caller's own signal. */
export type TimeLimit = {
  /** Aborts when the time is over, or with the caller's signal. */
  signal: AbortSignal;
  /** Whether it was the time. */
  isOver(): boolean;
  /** Begins the time anew: something has happened. */
  renew(): void;
  /** To be called at the end: a signal that lives long must not gather listeners. */
  clear(): void;
};

/** As far as a timer can wait. Beyond it, or for `Infinity`, it would go off at once. */
const LONGEST_MS = 2_147_483_647;

/** `AbortSignal.any` would do, but for Node 20.0 to 20.2, which lack it, and later ones, which leak it. */
export function createTimeLimit(limitMs: number, caller?: AbortSignal): TimeLimit {
  const ms = Math.min(limitMs, LONGEST_MS);
  const controller = new AbortController();
  let over = false;
  function onCallerAbort(): void {
    controller.abort(caller?.reason);
  }
  function onTime(): void {
    over = true;
    controller.abort(new DOMException(`No answer came within ${ms} ms.`, 'TimeoutError'));
  }
  let timer = setTimeout(onTime, ms);
  if (caller?.aborted) onCallerAbort();
  else caller?.addEventListener('abort', onCallerAbort, { once: true });
  return {
    signal: controller.signal,
    isOver: () => over,
    renew() {
      clearTimeout(timer);
      if (!over) timer = setTimeout(onTime, ms);
    },
    clear() {
      clearTimeout(timer);
      caller?.removeEventListener('abort', onCallerAbort);
    },
  };
}
