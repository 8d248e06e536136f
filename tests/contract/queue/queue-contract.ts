import { setTimeout as sleep } from 'node:timers/promises';
import type { MissionBell } from '@flotilla/core';
import { describe, expect, it } from 'vitest';
import { MISSIONS, missionBell, openBench, openDoor, until } from './bench.ts';
import { describeFollowing } from './following-contract.ts';
import type { QueueContractOptions } from './options.ts';
import { describeSharedSlots } from './shared-slots-contract.ts';
import { describeSignals } from './signals-contract.ts';

/** What Flotilla relies on in its queue, whichever server is behind it. */
export function describeQueue(options: QueueContractOptions): void {
  const numbered = (count: number) => Array.from({ length: count }, (_, index) => `mis_${index}`);

  async function open() {
    const place = await options.openPlace();
    const bench = openBench(place);
    await bench.queue.migrate();
    return {
      ...bench,
      async [Symbol.asyncDispose]() {
        await bench.queue.close();
        await place[Symbol.asyncDispose]();
      },
    };
  }

  describe(`the queue on ${options.kind}`, () => {
    it('brings every bell to a handler once, with its payload', async () => {
      await using bench = await open();
      const { heard } = bench.listen({ concurrency: 10 });
      const rung = await Promise.all(numbered(60).map((id) => bench.queue.ring(missionBell(id))));
      expect(rung.every(Boolean)).toBe(true);
      await until(() => heard.length >= 60, 'all bells heard');
      await until(async () => !(await bench.queue.holds(missionBell('mis_59'))), 'the last job done');
      expect(heard.toSorted()).toEqual(numbered(60).toSorted());
      expect(bench.errors).toEqual([]);
    });

    it('keeps deliveries and every pool in queues of their own', async () => {
      await using bench = await open();
      const { heard } = bench.listen();
      const deliveries: unknown[] = [];
      const consumer = bench.queue.consume({
        job: 'delivery',
        concurrency: 1,
        handle: async (payload) => void deliveries.push(payload),
      });
      await bench.queue.ring(missionBell('mis_elsewhere', { pool: 'gpu' }));
      await bench.queue.ring({ job: 'delivery', deliveryId: 'dlv_1', ring: 1 });
      await bench.queue.ring(missionBell('mis_here'));
      await until(() => heard.length > 0 && deliveries.length > 0, 'one mission and one delivery');
      expect(deliveries).toEqual([{ deliveryId: 'dlv_1' }]);
      expect(heard).toEqual(['mis_here']);
      expect(await bench.queue.depth({ job: 'mission', pool: 'gpu' })).toBe(1);
      expect(consumer.isHealthy()).toBe(true);
    });

    it('serves priority 1 before 5 before 9, in order of arrival inside each, and the front before all', async () => {
      await using bench = await open();
      const bells = [
        missionBell('nine', { priority: 9 }),
        missionBell('five-a'),
        missionBell('one-a', { priority: 1 }),
        missionBell('five-b'),
        missionBell('front', { front: true }),
        missionBell('one-b', { priority: 1 }),
        missionBell('five-c'),
      ];
      for (const bell of bells) await bench.queue.ring(bell);
      const { heard } = bench.listen();
      await until(() => heard.length === bells.length, 'all bells heard');
      expect(heard).toEqual(['front', 'one-a', 'one-b', 'five-a', 'five-b', 'five-c', 'nine']);
    });

    it('keeps the same order for bells that were rung together', async () => {
      await using bench = await open();
      const ids = numbered(40);
      const bells = [
        missionBell('nine', { priority: 9 }),
        ...ids.map((id) => missionBell(id)),
        missionBell('front', { front: true }),
      ];
      expect(await bench.queue.ringAll(bells)).toBe(bells.length);
      const { heard } = bench.listen();
      await until(() => heard.length === bells.length, 'all bells heard');
      expect(heard).toEqual(['front', ...ids, 'nine']);
    });

    it('rings more bells together than fit into one round trip', async () => {
      await using bench = await open();
      expect(await bench.queue.ringAll(numbered(1_200).map((id) => missionBell(id)))).toBe(1_200);
      expect(await bench.queue.depth(MISSIONS)).toBe(1_200);
      expect(await bench.queue.ringAll([])).toBe(0);
    });

    it('swallows a ring it holds, says so, and takes the same id again when it is done', async () => {
      await using bench = await open();
      const first = missionBell('mis_1');
      expect(await bench.queue.holds(first)).toBe(false);
      await bench.queue.ring(first);
      await bench.queue.ring(first);
      expect(await bench.queue.holds(first)).toBe(true);
      expect(await bench.queue.depth(MISSIONS)).toBe(1);

      const { heard } = bench.listen();
      await until(async () => !(await bench.queue.holds(first)), 'the first ring done');
      expect(heard).toEqual(['mis_1']);
      await bench.queue.ring(first);
      await bench.queue.ring(missionBell('mis_1', { ring: 2 }));
      await until(() => heard.length === 3, 'both rings heard');
    });

    it('counts what waits, and not what is being handled', async () => {
      await using bench = await open();
      const door = openDoor();
      const { heard } = bench.listen({ concurrency: 2, handle: () => door.passed });
      await bench.queue.ringAll(numbered(5).map((id) => missionBell(id)));
      await until(() => heard.length === 2, 'both slots taken');
      expect(await bench.queue.depth(MISSIONS)).toBe(3);
      door.open();
      await until(async () => (await bench.queue.depth(MISSIONS)) === 0, 'nothing waits');
    });

    it('shows its bells on a board, of every queue that there is by then', async () => {
      await using bench = await open();
      const pools = ['default'];
      const channels = async () => pools.map((pool) => ({ job: 'mission' as const, pool }));
      const board = bench.queue.openBoard({ basePath: '/admin/board', channels });
      const shown = async (pool: string) => {
        const query = new URLSearchParams({ activeQueue: `missions-${pool}`, status: 'latest', page: '1' });
        const reply = await board.get('/admin/board/api/queues', query);
        const { queues }: { queues: { name: string; jobs: { data: object }[] }[] } = JSON.parse(String(reply?.body));
        return queues.map(({ name, jobs }) => [name, jobs.map(({ data }) => data)]);
      };
      await bench.queue.ring(missionBell('mis_1'));
      expect(await shown('default')).toEqual([['missions-default', [{ missionId: 'mis_1' }]]]);
      pools.push('gpu');
      await bench.queue.ring(missionBell('mis_2', { pool: 'gpu' }));
      expect(await shown('gpu')).toEqual([
        ['missions-default', []],
        ['missions-gpu', [{ missionId: 'mis_2' }]],
      ]);
      expect(await board.get('/admin/other', new URLSearchParams())).toBeNull();
      expect((await board.get('/admin/board/api/redis/stats', new URLSearchParams()))?.status).toBe(200);
    });

    it('never runs more handlers than it has slots', async () => {
      await using bench = await open();
      const door = openDoor();
      const now = { running: 0, most: 0 };
      const { heard } = bench.listen({
        concurrency: 3,
        async handle() {
          now.running += 1;
          now.most = Math.max(now.most, now.running);
          await door.passed;
          await sleep(5);
          now.running -= 1;
        },
      });
      await bench.queue.ringAll(numbered(30).map((id) => missionBell(id)));
      await until(() => heard.length === 3, 'all slots taken');
      await sleep(200);
      expect(heard).toHaveLength(3);
      door.open();
      await until(() => heard.length === 30, 'all bells heard');
      expect(now.most).toBe(3);
    });

    it('shares the bells of one queue among its consumers', async () => {
      await using bench = await open();
      await using other = openBench(bench.place);
      const door = openDoor();
      const here = bench.listen({ handle: () => door.passed });
      const there = other.listen({ handle: () => door.passed });
      await bench.queue.ringAll(numbered(2).map((id) => missionBell(id)));
      await until(() => here.heard.length === 1 && there.heard.length === 1, 'one bell each');
      door.open();
      expect([...here.heard, ...there.heard].toSorted()).toEqual(['mis_0', 'mis_1']);
    });

    it('reports a handler that throws, and goes on', async () => {
      await using bench = await open();
      const { heard } = bench.listen({
        async handle(missionId) {
          if (missionId === 'mis_0') throw new Error('no such luck');
        },
      });
      await bench.queue.ringAll(numbered(3).map((id) => missionBell(id)));
      await until(() => heard.length === 3, 'all bells heard');
      expect(bench.errors).toEqual([
        expect.objectContaining({ message: 'no such luck', where: 'handle missions-default' }),
      ]);
      await until(async () => !(await bench.queue.holds(missionBell('mis_0'))), 'the failed bell forgotten');
    });

    it('drops a bell with an unreadable payload, and says so', async () => {
      await using bench = await open();
      const { heard } = bench.listen();
      const broken: MissionBell = JSON.parse('{"job":"mission","missionId":7,"pool":"default","priority":5,"ring":1}');
      expect(await bench.queue.ring(broken)).toBe(true);
      await bench.queue.ring(missionBell('mis_fine'));
      await until(() => heard.includes('mis_fine'), 'the next bell heard');
      expect(heard).toEqual(['mis_fine']);
      expect(bench.errors).toEqual([expect.objectContaining({ message: expect.stringContaining('unreadable') })]);
    });

    it('takes nothing while paused, leaves its bells to others, and goes on when resumed', async () => {
      await using bench = await open();
      await using other = openBench(bench.place);
      const resting = bench.listen();
      await until(() => resting.consumer.isHealthy(), 'the consumer ready');
      resting.consumer.pause();
      const awake = other.listen();
      await bench.queue.ringAll(numbered(10).map((id) => missionBell(id)));
      await until(() => awake.heard.length === 10, 'the other heard all');
      expect(resting.heard).toEqual([]);

      await awake.consumer.stop({ timeoutMs: 1_000 });
      resting.consumer.resume();
      await bench.queue.ring(missionBell('mis_late'));
      await until(() => resting.heard.length === 1, 'the late bell heard');
    });

    it('waits for its handlers when stopped, and takes nothing new', async () => {
      await using bench = await open();
      const door = openDoor();
      const { heard, consumer } = bench.listen({ handle: () => door.passed });
      await bench.queue.ringAll(numbered(3).map((id) => missionBell(id)));
      await until(() => heard.length === 1, 'one bell taken');
      const stopping = consumer.stop({ timeoutMs: 20_000 });
      await bench.queue.ring(missionBell('mis_late'));
      door.open();
      expect(await stopping).toEqual({ abandoned: 0 });
      expect(heard).toEqual(['mis_0']);
      expect(await bench.queue.depth(MISSIONS)).toBe(3);
      expect(await bench.queue.holds(missionBell('mis_0'))).toBe(false);
      expect(consumer.isHealthy()).toBe(false);
    });

    it('aborts the handlers that outlast its patience, and counts those that will not end', async () => {
      await using bench = await open();
      const door = openDoor();
      const { heard, consumer } = bench.listen({
        concurrency: 2,
        handle: (missionId, { signal }) =>
          missionId === 'mis_0'
            ? door.passed
            : new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
      });
      await bench.queue.ringAll(numbered(2).map((id) => missionBell(id)));
      await until(() => heard.length === 2, 'both bells taken');
      expect(await consumer.stop({ timeoutMs: 50 })).toEqual({ abandoned: 1 });
      expect(bench.errors).toEqual([expect.objectContaining({ message: expect.stringContaining('was stopped') })]);
      door.open();
    });

    it('makes its own tables again and from several processes at once', async () => {
      await using place = await options.openPlace();
      await using bench = openBench(place);
      await using other = openBench(place);
      await Promise.all([bench.queue.migrate(), other.queue.migrate(), bench.queue.migrate()]);
      await bench.queue.ping();
      await bench.queue.migrate();
      expect(await other.queue.ring(missionBell('mis_1'))).toBe(true);
    });
  });

  describeSharedSlots(options);
  describeSignals(options);
  describeFollowing(options);
}
