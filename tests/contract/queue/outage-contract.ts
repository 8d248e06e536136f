import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type Bench, MISSIONS, missionBell, openBench, openDoor, PATIENCE_MS, until } from './bench.ts';
import type { QueueContractOptions } from './options.ts';
import { openWires } from './wires.ts';

/** Generous beside the 500 ms that are promised, and far below what an unbounded ring takes: for ever. */
const BOUNDED_MS = 5_000;

const LEAVE_NOTHING = fileURLToPath(new URL('./leave-nothing.ts', import.meta.url));

/** What the queue does when its server dies, hangs, or is not there. */
export function describeOutages({ kind, openPlace, openPrivateServer }: QueueContractOptions): void {
  const at = (url: string) => ({ backend: { kind, url }, prefix: 'outage' });
  let ring = 0;

  /** Rings until it works again, as the sweep does. */
  async function ringUntilHeard(bench: Bench, heard: string[], missionId: string) {
    await until(async () => {
      if (heard.includes(missionId)) return true;
      ring += 1;
      await bench.queue.ring(missionBell(missionId, { ring }));
      await sleep(200);
      return heard.includes(missionId);
    }, `${missionId} heard`);
  }

  async function expectRefusal(bench: Bench, count: number) {
    const startedAt = performance.now();
    const bells = Array.from({ length: count }, (_, index) => missionBell(`mis_lost_${index}`));
    expect(await Promise.all(bells.map((bell) => bench.queue.ring(bell)))).not.toContain(true);
    expect(await bench.queue.ringAll(bells)).toBe(0);
    await expect(bench.queue.ping()).rejects.toBeInstanceOf(Error);
    await expect(bench.queue.depth(MISSIONS)).rejects.toBeInstanceOf(Error);
    expect(performance.now() - startedAt).toBeLessThan(BOUNDED_MS);
  }

  describe(`the queue on ${kind}, when its server fails`, () => {
    it('refuses rings at once and hears bells again by itself after a kill and a restart, twice', async () => {
      await using server = await openPrivateServer();
      await using bench = openBench(at(server.url));
      await bench.queue.migrate();
      const { heard, consumer } = bench.listen({ concurrency: 4, handle: () => sleep(20) });
      await ringUntilHeard(bench, heard, 'mis_before');
      for (const round of [1, 2]) {
        const load = ringing(bench);
        await server.kill();
        await expectRefusal(bench, 20);
        await sleep(round * 1_500);
        await server.start();
        await ringUntilHeard(bench, heard, `mis_after_${round}`);
        await load.stop();
      }
      await until(async () => (await bench.queue.depth(MISSIONS)) === 0, 'the rest heard');
      expect(consumer.isHealthy()).toBe(true);
    });

    it('refuses rings in bounded time while the network swallows everything, and works again after', async () => {
      await using place = await openPlace();
      await using direct = openBench(place);
      await direct.queue.migrate();
      await using wires = await openWires(place.backend.url);
      await using bench = openBench({ prefix: place.prefix, backend: { kind, url: wires.url } });
      const { heard } = direct.listen();
      await ringUntilHeard(bench, heard, 'mis_before');
      wires.swallow();
      await expectRefusal(bench, 300);
      wires.mend();
      await ringUntilHeard(bench, heard, 'mis_after');
      expect(heard).toContain('mis_after');
    });

    it('hears bells again when the network lost its connections without telling', async () => {
      await using place = await openPlace();
      await using direct = openBench(place);
      await direct.queue.migrate();
      await using wires = await openWires(place.backend.url);
      await using bench = openBench({ prefix: place.prefix, backend: { kind, url: wires.url } });
      const { heard } = bench.listen();
      await ringUntilHeard(direct, heard, 'mis_before');
      wires.swallow();
      await direct.queue.ring(missionBell('mis_swallowed'));
      await sleep(500);
      wires.mend();
      await ringUntilHeard(direct, heard, 'mis_after');
      expect(heard).toContain('mis_after');
    });

    it('bears a server that is not there yet', async () => {
      await using server = await openPrivateServer();
      await using migrated = openBench(at(server.url));
      await migrated.queue.migrate();
      await server.kill();
      await using bench = openBench(at(server.url));
      const { heard, consumer } = bench.listen();
      await expectRefusal(bench, 3);
      expect(consumer.isHealthy()).toBe(false);
      await server.start();
      await ringUntilHeard(bench, heard, 'mis_1');
      await until(() => consumer.isHealthy(), 'the consumer is healthy');
    });

    it('stops and closes in bounded time while the server is gone', async () => {
      await using server = await openPrivateServer();
      const bench = openBench(at(server.url));
      await bench.queue.migrate();
      const door = openDoor();
      const { heard, consumer } = bench.listen({ handle: () => door.passed });
      await ringUntilHeard(bench, heard, 'mis_1');
      await server.kill();
      door.open();
      const startedAt = performance.now();
      expect(await consumer.stop({ timeoutMs: 1_000 })).toEqual({ abandoned: 0 });
      await bench.queue.close();
      expect(performance.now() - startedAt).toBeLessThan(2 * BOUNDED_MS);
      expect(await bench.queue.ring(missionBell('mis_2'))).toBe(false);
    });

    it('leaves a process free to end after close, whether the server is there, dies or never was', async () => {
      await using place = await openPlace();
      const { backend, prefix } = place;
      expect(await run([kind, backend.url, prefix, 'up'])).toEqual({ code: 0, said: 'heard 1\n' });
      await using server = await openPrivateServer();
      const dies = await run([kind, server.url, prefix, 'dies'], () => server.kill());
      expect(dies).toEqual({ code: 0, said: 'heard 1\n' });
      expect(await run([kind, server.url, prefix, 'down'])).toEqual({ code: 0, said: 'heard 0\n' });
    });
  });
}

/** Rings all the time, whatever comes of it. */
function ringing(bench: Bench) {
  const ended = new AbortController();
  let count = 0;
  const going = (async () => {
    while (!ended.signal.aborted) {
      count += 1;
      await bench.queue.ring(missionBell(`mis_load_${count}`));
      await sleep(10);
    }
  })();
  return {
    async stop() {
      ended.abort();
      await going;
    },
  };
}

/** Runs the child; `onHeard` is called when it says something. */
async function run(args: string[], onHeard?: () => Promise<void>): Promise<{ code: unknown; said: string }> {
  const child = spawn(process.execPath, [LEAVE_NOTHING, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.on('data', (bytes: Buffer) => (said += bytes.toString()));
  child.stdout.once('data', () => void onHeard?.());
  const killer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
  const [code] = await once(child, 'close');
  clearTimeout(killer);
  return { code, said };
}
