import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { watchLoopDelay } from './loop-delay.ts';

async function delayWhile(work: () => void) {
  const loop = watchLoopDelay();
  for (let turn = 0; turn < 4; turn++) {
    work();
    await sleep(50);
  }
  return loop.stop('the watch itself is tried');
}

it('the watch of the event loop sees a process that stands still for as long as a script takes, and no other', async () => {
  const still = await delayWhile(() => {
    const end = performance.now() + 200;
    while (performance.now() < end);
  });
  expect(still.p99Ms).toBeGreaterThan(still.maxMs);
  // Again, where the machine itself held up this thread and not the other.
  const isQuick = async () => delayWhile(() => undefined).then(({ p99Ms, maxMs }) => p99Ms < maxMs);
  await expect.poll(isQuick, { timeout: 10_000 }).toBe(true);
});
