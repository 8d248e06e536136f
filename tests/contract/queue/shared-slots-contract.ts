import { setTimeout as sleep } from 'node:timers/promises';
import { createSlotGate, type SlotGate } from '@flotilla/queue';
import { describe, expect, it } from 'vitest';
import { type Bench, missionBell, openBench, openDoor, until } from './bench.ts';
import type { QueueContractOptions } from './options.ts';

/** Slots that the consumers of several pools share in one process. */
export function describeSharedSlots({ kind, openPlace }: QueueContractOptions): void {
  async function open() {
    const place = await openPlace();
    const bench = openBench(place);
    await bench.queue.migrate();
    return {
      bench,
      async [Symbol.asyncDispose]() {
        await bench.queue.close();
        await place[Symbol.asyncDispose]();
      },
    };
  }

  /** Consumes every pool with the same slots, and notes which pools were heard, in order. */
  function listen({ queue }: Bench, pools: string[], { gate, handle }: { gate: SlotGate; handle(): Promise<void> }) {
    const heard: string[] = [];
    const now = { running: 0, most: 0 };
    for (const pool of pools) {
      queue.consume({
        job: 'mission',
        pool,
        concurrency: gate,
        async handle() {
          heard.push(pool);
          now.running += 1;
          now.most = Math.max(now.most, now.running);
          await handle();
          now.running -= 1;
        },
      });
    }
    return { heard, now };
  }

  const ring = ({ queue }: Bench, pool: string, count: number) =>
    queue.ringAll(Array.from({ length: count }, (_, index) => missionBell(`mis_${index}`, { pool })));

  const count = (heard: string[], pool: string) => heard.filter((name) => name === pool).length;

  describe(`slots shared over pools on ${kind}`, () => {
    it('are never exceeded, and every bell of every pool is heard', async () => {
      await using world = await open();
      const { bench } = world;
      for (const pool of ['a', 'b', 'c']) await ring(bench, pool, 40);
      // The first wait for one another: how many run at once is to be seen on a slow machine too.
      const door = openDoor();
      const handle = () => door.passed.then(() => sleep(5));
      const { heard, now } = listen(bench, ['a', 'b', 'c'], { gate: createSlotGate(4), handle });
      await until(() => heard.length >= 4, 'every slot taken');
      await sleep(100);
      expect(heard).toHaveLength(4);
      door.open();
      await until(() => heard.length === 120, 'all bells heard');
      await sleep(100);
      expect(now.most).toBe(4);
      expect(bench.errors).toEqual([]);
    });

    it('serve one pool alone while the others have no bells', async () => {
      await using world = await open();
      const { bench } = world;
      const door = openDoor();
      const { heard } = listen(bench, ['idle', 'busy'], { gate: createSlotGate(3), handle: () => door.passed });
      await ring(bench, 'busy', 5);
      await until(() => heard.length === 3, 'every slot taken');
      door.open();
      await until(() => heard.length === 5, 'all bells heard');
      expect(count(heard, 'idle')).toBe(0);
    });

    it('do not let the backlog of one pool starve another', async () => {
      await using world = await open();
      const { bench } = world;
      const { heard } = listen(bench, ['flooded', 'quiet'], { gate: createSlotGate(2), handle: () => sleep(20) });
      await ring(bench, 'flooded', 300);
      await until(() => heard.length >= 10, 'the flood begun');
      await ring(bench, 'quiet', 5);
      await until(() => count(heard, 'quiet') === 5, 'the quiet pool heard');
      expect(count(heard, 'flooded')).toBeLessThan(200);
      await until(() => heard.length === 305, 'all bells heard');
    });

    it('give back a bell that finds none, to a process that has one', async () => {
      await using world = await open();
      const { bench } = world;
      await using other = openBench(bench.place);
      const door = openDoor();
      const full = listen(bench, ['a', 'b'], { gate: createSlotGate(1), handle: () => door.passed });
      await ring(bench, 'a', 1);
      await until(() => full.heard.length === 1, 'the slot taken');
      await ring(bench, 'b', 1);
      await sleep(500);
      const free = listen(other, ['a', 'b'], { gate: createSlotGate(1), handle: () => Promise.resolve() });
      await until(() => free.heard.length === 1, 'the bell heard elsewhere');
      expect([...full.heard, ...free.heard]).toEqual(['a', 'b']);
      door.open();
    });
  });
}
