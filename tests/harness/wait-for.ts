import { setTimeout as sleep } from 'node:timers/promises';

const POLL_EVERY_MS = 20;

/**
 * Calls `fn` until it returns something other than undefined, null or false, and returns that. What it throws counts as
 * not yet, and is the cause of the final error.
 */
export const waitFor = async <T>(
  fn: () => T | Promise<T>,
  options: { what: string; timeoutMs?: number },
): Promise<Exclude<T, undefined | null | false>> => {
  const { what, timeoutMs = 30_000 } = options;
  const end = performance.now() + timeoutMs;
  let cause: unknown;
  for (;;) {
    try {
      const value = await fn();
      if (isSomething(value)) return value;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    if (performance.now() >= end) throw new Error(`Waited ${timeoutMs} ms in vain for ${what}.`, { cause });
    await sleep(POLL_EVERY_MS);
  }
};

const isSomething = <T>(value: T): value is Exclude<T, undefined | null | false> =>
  value !== undefined && value !== null && value !== false;
