import { setImmediate as nextTurn } from 'node:timers/promises';
import { createTurns } from '@flotilla/core';

/** Work in steps, none of them long; what comes of it, or what it throws, is its last. */
export type Steps<T> = Generator<void, T>;

/** Does what there is to do with a body of so many bytes. */
export type DoWithBody = <T>(bytes: number, steps: Steps<T>) => Promise<T>;

/** Up to this size all of it takes a few milliseconds, and is done at once. */
const SLICED_FROM_BYTES = 262_144;
/** What one turn of the event loop spends on large bodies, of which only one is in work: they would share a turn. */
const SLICE_MS = 5;
const LARGE = 'large bodies';

/**
 * Keeps the event loop free of large bodies: their steps are done a few milliseconds at a time, one body after the other.
 *
 * Measured with batches of 7.9 MB, in milliseconds of the processor: to scan and parse one takes 41 to 119, of which the
 * parser alone 13 to 40; in steps, the longest of 239 takes 3 to 11. Its fingerprint takes 27 to 82, the longest step of it
 * 4 to 9. From a thread the value would have to be copied back, which takes this thread 7 to 32 without a pause, after a
 * copy of the bytes, a start, and a pool to bound: more to go wrong, and no shorter a stop than the steps have.
 */
export function createSlicer(): DoWithBody {
  const inTurn = createTurns();
  return async function doWithBody(bytes, steps) {
    return bytes <= SLICED_FROM_BYTES ? finish(steps) : inTurn(LARGE, () => doInSlices(steps));
  };
}

/** All steps at once. */
export function finish<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

async function doInSlices<T>(steps: Steps<T>): Promise<T> {
  for (;;) {
    const until = performance.now() + SLICE_MS;
    do {
      const step = steps.next();
      if (step.done === true) return step.value;
    } while (performance.now() < until);
    await nextTurn();
  }
}
