import { setImmediate } from 'node:timers/promises';
import type { SweepWork } from '@flotilla/db';
import { expect, it } from 'vitest';
import { createSweepTurns } from './sweep-turns.ts';

const WORK: SweepWork = {
  orphans: true,
  overdue: false,
  answers: false,
  families: false,
  missions: false,
  deliveries: false,
};

/** Sweeps that last until they are told to end. */
function createLongSweeps() {
  const ends: (() => void)[] = [];
  let isStopping = false;
  const turns = createSweepTurns({
    async sweep() {
      const { promise, resolve } = Promise.withResolvers<void>();
      ends.push(resolve);
      await promise;
    },
    isStopping: () => isStopping,
  });
  return {
    turns,
    begun: () => ends.length,
    async end() {
      ends.at(-1)?.();
      await setImmediate();
    },
    stop() {
      isStopping = true;
    },
  };
}

it('takes no turn while a sweep is under way, and keeps none for later', async () => {
  const { turns, begun, end } = createLongSweeps();
  expect(turns.isFree()).toBe(true);
  for (let beats = 0; beats < 5; beats++) turns.begin(WORK);
  expect(turns.isFree()).toBe(false);
  await end();
  expect(begun()).toBe(1);
  expect(turns.isFree()).toBe(true);
  turns.begin(WORK);
  expect(begun()).toBe(2);
});

it('takes none once it drains, and waits for the sweep under way', async () => {
  const { turns, begun, end, stop } = createLongSweeps();
  await turns.over();
  turns.begin(WORK);
  stop();
  let isOver = false;
  const over = turns.over().then(() => {
    isOver = true;
  });
  await setImmediate();
  expect(isOver).toBe(false);
  await end();
  await over;
  expect(turns.isFree()).toBe(false);
  turns.begin(WORK);
  expect(begun()).toBe(1);
});
