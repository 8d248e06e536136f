const LOOK_EVERY_MS = 1_000;

/** Looks every second whether somebody who waits may still do so; `refused` aborts when not. */
export function untilRefused(isAllowed: () => Promise<boolean>): Disposable & { refused: AbortSignal } {
  const refusal = new AbortController();
  const looking = setInterval(() => {
    void isAllowed().then((allowed) => {
      if (!allowed) refusal.abort();
    });
  }, LOOK_EVERY_MS).unref();
  return { refused: refusal.signal, [Symbol.dispose]: () => clearInterval(looking) };
}
