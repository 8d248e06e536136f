import { expect, it } from 'vitest';
import { createPoolWait } from './pool-wait.ts';

/** A pool whose connections are given out when the test says so, at a time that the test sets. */
function setUp() {
  let nowMs = 0;
  const line: PromiseWithResolvers<{ release(): void }>[] = [];
  let others = 0;
  let released = 0;
  const pool = {
    get waitingCount() {
      return line.length + others;
    },
    connect() {
      const one = Promise.withResolvers<{ release(): void }>();
      line.push(one);
      return one.promise;
    },
  };
  const { look } = createPoolWait(pool, () => nowMs);
  return {
    lookAt(ms: number) {
      nowMs = ms;
      return look();
    },
    setOthers: (count: number) => (others = count),
    asked: () => line.length,
    released: () => released,
    async answer(how: 'given' | 'given up', atMs: number) {
      nowMs = atMs;
      const one = line.shift();
      if (how === 'given') one?.resolve({ release: () => released++ });
      else one?.reject(new Error('timeout exceeded when trying to connect'));
      await one?.promise.catch(() => undefined);
      await new Promise(setImmediate);
    },
  };
}

it('asks for no connection while nobody waits for one', () => {
  const pool = setUp();
  expect(pool.lookAt(0)).toBe(0);
  expect(pool.asked()).toBe(0);
});

it('waits like any other, one at a time, and says for how long it has by now', async () => {
  const pool = setUp();
  pool.setOthers(1);
  expect(pool.lookAt(0)).toBe(0);
  expect(pool.lookAt(250)).toBe(250);
  expect(pool.lookAt(1_250)).toBe(1_250);
  expect(pool.asked()).toBe(1);
  await pool.answer('given', 1_300);
  expect(pool.released()).toBe(1);
});

it('says what the last one waited until the next has waited longer, and nothing once nobody waits', async () => {
  const pool = setUp();
  pool.setOthers(1);
  pool.lookAt(0);
  await pool.answer('given', 900);
  expect(pool.lookAt(1_000)).toBe(900);
  expect(pool.lookAt(1_500)).toBe(900);
  expect(pool.lookAt(2_000)).toBe(1_000);
  pool.setOthers(0);
  await pool.answer('given', 2_100);
  expect(pool.lookAt(2_200)).toBe(0);
});

it('has waited for as long as it was let, when it was given up, and asks anew', async () => {
  const pool = setUp();
  pool.setOthers(1);
  pool.lookAt(0);
  await pool.answer('given up', 5_000);
  expect(pool.lookAt(5_100)).toBe(5_000);
  expect(pool.asked()).toBe(1);
});
