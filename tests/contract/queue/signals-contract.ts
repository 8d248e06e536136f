import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type Bench, openBench, type Place, until } from './bench.ts';
import type { QueueContractOptions } from './options.ts';
import { openWires } from './wires.ts';

const SEND_STOP = fileURLToPath(new URL('./send-stop.ts', import.meta.url));
/** Far below what waiting for a dead server takes. */
const AT_ONCE_MS = 250;
/** Beside the 20 ms that signals gather, a round trip; the rest is for a busy machine. */
const SOON_MS = 200;

/** What sending ten thousand takes of this thread, in ms: what others take of the processor meanwhile does not count. */
function costOf(send: (id: string) => void): number {
  const before = process.threadCpuUsage();
  for (let index = 0; index < 10_000; index += 1) send(`mis_${index}`);
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1_000;
}

/** What Flotilla relies on in signals, whichever server is behind them. */
export function describeSignals({ kind, openPlace, openPrivateServer }: QueueContractOptions): void {
  const stop = (missionId: string) => ({ kind: 'stop', missionId }) as const;

  /** Notes whose stop was heard. */
  function listen({ queue }: Bench): string[] {
    const heard: string[] = [];
    queue.signals.subscribe(({ missionId }) => void heard.push(missionId));
    return heard;
  }

  /** Sends until it is heard: whoever listens has to connect first, and whoever failed rests. */
  async function sendUntilHeard({ queue }: Bench, heard: string[], missionId: string) {
    await until(async () => {
      queue.signals.send(stop(missionId));
      await sleep(50);
      return heard.includes(missionId);
    }, `${missionId} heard`);
  }

  async function openPair(place: Place) {
    const stack = new AsyncDisposableStack();
    const [here, there] = [stack.use(openBench(place)), stack.use(openBench(place))];
    const heard = listen(there);
    await sendUntilHeard(here, heard, 'mis_ready');
    return { here, there, heard, [Symbol.asyncDispose]: () => stack.disposeAsync() };
  }

  describe(`signals on ${kind}`, () => {
    it('are heard at once by everyone who listens, by the sender too, and by nobody of another prefix', async () => {
      await using place = await openPlace();
      await using pair = await openPair(place);
      await using stranger = openBench({ ...place, prefix: `${place.prefix}_2` });
      const strangers = listen(stranger);
      await sendUntilHeard(stranger, strangers, 'mis_strange');
      const own = listen(pair.here);
      await sendUntilHeard(pair.here, own, 'mis_first');
      // The quickest of several: others on this machine may hold one up, and whoever only looks from time to time, all.
      const took: number[] = [];
      for (let go = 0; go < 10; go++) {
        const id = `mis_second_${go}`;
        const sentAt = performance.now();
        pair.here.queue.signals.send(stop(id));
        await until(() => own.includes(id) && pair.heard.includes(id), 'both heard');
        took.push(performance.now() - sentAt);
      }
      expect(Math.min(...took)).toBeLessThan(SOON_MS);
      expect(new Set(strangers)).toEqual(new Set(['mis_strange']));
    });

    it('arrive from another process that ends right after, which they do not keep from ending', async () => {
      await using place = await openPlace();
      await using pair = await openPair(place);
      const args = [SEND_STOP, kind, place.backend.url, place.prefix, 'mis_1', 'mis_2'];
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] });
      expect(await once(child, 'close')).toEqual([0, null]);
      await until(() => pair.heard.includes('mis_1') && pair.heard.includes('mis_2'), 'both signals heard');
    });

    it('arrive all, in order, however many are sent at once', async () => {
      await using place = await openPlace();
      await using pair = await openPair(place);
      const ids = Array.from({ length: 1_000 }, (_, index) => `mis_01890a5d-ac96-774b-bcce-b302099a${index}`);
      for (const id of ids) pair.here.queue.signals.send(stop(id));
      await until(() => pair.heard.includes(ids.at(-1) ?? ''), 'the last one heard');
      expect(pair.heard.filter((id) => id !== 'mis_ready')).toEqual(ids);
    });

    it('are sent and heard again by themselves after the server was killed and restarted', async () => {
      await using server = await openPrivateServer();
      await using pair = await openPair({ backend: { kind, url: server.url }, prefix: 'signals' });
      await server.kill();
      expect(costOf((id) => pair.here.queue.signals.send(stop(id)))).toBeLessThan(AT_ONCE_MS);
      await sleep(1_500);
      await server.start();
      await sendUntilHeard(pair.here, pair.heard, 'mis_after');
      const reported = [...pair.here.errors, ...pair.there.errors].filter(({ where }) => where === 'signals');
      expect(reported.length).toBeLessThan(30);
    });

    it('cost their sender nothing while the network swallows everything, and are sent again after', async () => {
      await using place = await openPlace();
      await using wires = await openWires(place.backend.url);
      await using direct = openBench(place);
      await using bench = openBench({ prefix: place.prefix, backend: { kind, url: wires.url } });
      const heard = listen(direct);
      await sendUntilHeard(bench, heard, 'mis_before');
      wires.swallow();
      expect(costOf((id) => bench.queue.signals.send(stop(id)))).toBeLessThan(AT_ONCE_MS);
      await sleep(1_000);
      wires.mend();
      await sendUntilHeard(bench, heard, 'mis_after');
    });

    it('are heard again when the network lost the listening connection without telling', async () => {
      await using place = await openPlace();
      await using wires = await openWires(place.backend.url);
      await using direct = openBench(place);
      await using bench = openBench({ prefix: place.prefix, backend: { kind, url: wires.url } });
      const heard = listen(bench);
      await sendUntilHeard(direct, heard, 'mis_before');
      wires.swallow();
      direct.queue.signals.send(stop('mis_swallowed'));
      await sleep(200);
      wires.mend();
      await sendUntilHeard(direct, heard, 'mis_after');
      expect(heard).not.toContain('mis_swallowed');
    });

    it('close in bounded time while the server does not answer', async () => {
      await using place = await openPlace();
      await using wires = await openWires(place.backend.url);
      const bench = openBench({ prefix: place.prefix, backend: { kind, url: wires.url } });
      await sendUntilHeard(bench, listen(bench), 'mis_before');
      wires.swallow();
      bench.queue.signals.send(stop('mis_swallowed'));
      const startedAt = performance.now();
      await bench.queue.close();
      expect(performance.now() - startedAt).toBeLessThan(5_000);
      bench.queue.signals.send(stop('mis_late'));
    });
  });
}
