import { setTimeout as sleep } from 'node:timers/promises';

const POLL_EVERY_MS = 10;

/** Polls until the condition holds. @returns false when the time is over first */
export const waitUntil = async (holds: () => boolean | Promise<boolean>, timeoutMs: number): Promise<boolean> => {
  const end = performance.now() + timeoutMs;
  while (!(await holds())) {
    if (performance.now() >= end) return false;
    await sleep(POLL_EVERY_MS);
  }
  return true;
};
