import { setTimeout as sleep } from 'node:timers/promises';

/** What a batch says of an item whose row, or whose endpoint's, somebody else has locked: nothing of it was written. */
export const HELD = 'held';
export type Held = typeof HELD;

const FIRST_WAIT_MS = 5;
const LONGEST_WAIT_MS = 100;

/**
 * Tries again for as long as somebody holds what it is about. A batch that waited for a lock would hold up all that
 * travels in it, and one of its connections; here only the caller waits.
 */
export async function tryWhileHeld<Outcome>(
  run: () => Promise<Outcome | Held>,
  patienceMs: number,
): Promise<Outcome | Held> {
  const until = performance.now() + patienceMs;
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS)) {
    const outcome = await run();
    if (outcome !== HELD || performance.now() >= until) return outcome;
    // Spread, so that two who were in each other's way are not so again.
    await sleep(waitMs * (0.5 + Math.random()));
  }
}
