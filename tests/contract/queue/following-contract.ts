import { setTimeout as sleep } from 'node:timers/promises';
import type { Delta } from '@flotilla/core';
import type { Teller } from '@flotilla/queue';
import { describe, expect, it } from 'vitest';
import { type Bench, openBench, type Place, until } from './bench.ts';
import type { QueueContractOptions } from './options.ts';

/** Beside the 20 ms that broadcasts gather, a round trip; the rest is for a busy machine. */
const SOON_MS = 200;

/** What Flotilla relies on where missions are followed, whichever server is behind it. */
export function describeFollowing({ kind, openPlace, openPrivateServer }: QueueContractOptions): void {
  const deltaOf = (missionId: string, index: number): Delta => ({
    missionId,
    step: 1,
    attempt: 1,
    try: 1,
    offset: index,
    text: 'x',
  });

  /** Follows a mission, and notes what it is told. */
  function listen({ queue }: Bench, missionId: string) {
    const heard = { events: 0, deltas: [] as number[] };
    const end = queue.follow(missionId, {
      onEvents: () => void (heard.events += 1),
      onDelta: ({ offset }) => void heard.deltas.push(offset),
    });
    return { heard, end };
  }

  /** Tells until it is heard: whoever follows has to connect first. */
  async function untilHeard(teller: Teller, heard: { events: number }, missionId: string) {
    const before = heard.events;
    await until(async () => {
      teller.events(missionId);
      await sleep(50);
      return heard.events > before;
    }, `events of ${missionId} heard`);
  }

  async function openPair(place: Place) {
    const stack = new AsyncDisposableStack();
    const [runner, reader] = [stack.use(openBench(place)), stack.use(openBench(place))];
    return { runner, reader, teller: runner.queue.openTeller(), [Symbol.asyncDispose]: () => stack.disposeAsync() };
  }

  describe(`following on ${kind}`, () => {
    it('brings each follower the events and, in order, every delta of its own mission, at once', async () => {
      await using place = await openPlace();
      await using pair = await openPair(place);
      const { heard, end } = listen(pair.reader, 'mis_1');
      const second = listen(pair.reader, 'mis_1');
      const other = listen(pair.reader, 'mis_2');
      await untilHeard(pair.teller, heard, 'mis_1');
      expect(other.heard).toEqual({ events: 0, deltas: [] });
      // The quickest of three goes: others on this machine may hold one up.
      const took: number[] = [];
      for (let from = 0; from < 1_500; from += 500) {
        const sentAt = performance.now();
        for (let index = from; index < from + 500; index += 1) pair.teller.delta(deltaOf('mis_1', index));
        pair.teller.delta(deltaOf('mis_3', 0));
        await until(() => heard.deltas.length >= from + 500, 'all deltas heard');
        took.push(performance.now() - sentAt);
      }
      expect(Math.min(...took)).toBeLessThan(5 * SOON_MS);
      expect(heard.deltas).toEqual(Array.from({ length: 1_500 }, (_, index) => index));
      expect(second.heard.deltas).toEqual(heard.deltas);
      end();
      const before = heard.deltas.length;
      await until(() => {
        pair.teller.delta(deltaOf('mis_1', 2_000));
        return second.heard.deltas.length > 1_500;
      }, 'the other follower to hear more');
      expect(heard.deltas).toHaveLength(before);
    });

    it('costs nothing while the server is gone, and goes on by itself after', async () => {
      await using server = await openPrivateServer();
      await using pair = await openPair({ backend: { kind, url: server.url }, prefix: 'following' });
      const { heard } = listen(pair.reader, 'mis_1');
      await untilHeard(pair.teller, heard, 'mis_1');
      await server.kill();
      const startedAt = performance.now();
      for (let index = 0; index < 10_000; index += 1) pair.teller.delta(deltaOf('mis_1', index));
      expect(performance.now() - startedAt).toBeLessThan(1_000);
      await sleep(1_200);
      await server.start();
      await untilHeard(pair.teller, heard, 'mis_1');
      expect(pair.reader.errors.filter(({ where }) => where === 'signals').length).toBeLessThan(30);
    });
  });
}
