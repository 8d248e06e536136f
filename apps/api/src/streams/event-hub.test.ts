import type { Follower } from '@flotilla/queue';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createEventHub, type Reader } from './event-hub.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A hub over a table of sequences, and the questions it asked. */
function setup() {
  const newest = new Map<string, number>();
  const asked: string[] = [];
  const followers = new Map<string, Set<Follower>>();
  let isAway = false;
  let meanwhile = () => undefined as unknown;
  const hub = createEventHub({
    logger: { warn: () => undefined },
    queue: {
      follow(missionId, follower) {
        const all = followers.get(missionId) ?? new Set();
        followers.set(missionId, all.add(follower));
        return () => void all.delete(follower);
      },
    },
    db: {
      events: {
        async readBehind(positions) {
          asked.push(`who of ${positions.length} is behind`);
          meanwhile();
          if (isAway) throw new Error('away');
          return positions.flatMap(({ reader, missionId, after }) => {
            const sequence = newest.get(missionId);
            if (sequence === undefined) return { reader, isGone: true };
            return sequence > after ? { reader, isGone: false } : [];
          });
        },
        async readNew({ positions, limit }) {
          asked.push(`events for ${positions.length}`);
          if (isAway) throw new Error('away');
          return positions.flatMap(({ reader, missionId, after }) => {
            const count = Math.min(limit, (newest.get(missionId) ?? 0) - after);
            return Array.from({ length: count }, (_, index) => ({
              reader,
              sequence: after + 1 + index,
              type: 'step.completed',
              data: {},
              createdAt: new Date(0),
            }));
          });
        },
      },
    },
  });
  function read(missionId: string, after = 0) {
    const seen: number[] = [];
    const state = { isReady: true, isGone: false };
    const reader: Reader = {
      missionId,
      after,
      isReady: () => state.isReady,
      take: (events) => void seen.push(...events.map(({ sequence }) => sequence)),
      onGone: () => void (state.isGone = true),
    };
    return { seen, state, reader, remove: hub.add(reader) };
  }
  return {
    hub,
    read,
    asked,
    happen: (missionId: string, sequence: number) => void newest.set(missionId, sequence),
    erase: (missionId: string) => void newest.delete(missionId),
    whileAsked: (what: () => unknown) => (meanwhile = what),
    tell(missionId: string) {
      for (const { onEvents } of followers.get(missionId) ?? []) onEvents();
    },
    away: (yes: boolean) => (isAway = yes),
  };
}

const settle = () => vi.advanceTimersByTimeAsync(0);
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

describe('the hub of those who read events', () => {
  it('reads at once when somebody tells, in one query for all who are told, each from its own place', async () => {
    const { read, happen, tell, asked } = setup();
    for (const id of ['mis_1', 'mis_2']) happen(id, 2);
    const readers = [read('mis_1'), read('mis_1', 1), read('mis_2', 2)];
    await settle();
    expect(asked).toEqual(['events for 3']);
    happen('mis_1', 3);
    tell('mis_1');
    await settle();
    expect(asked).toEqual(['events for 3', 'events for 2']);
    expect(readers.map(({ seen }) => seen)).toEqual([[1, 2, 3], [2, 3], []]);
  });

  it('finds within a second what nobody told of, with one query however many read', async () => {
    const { read, happen, asked } = setup();
    const readers = Array.from({ length: 100 }, (_, index) => read(`mis_${index}`));
    await settle();
    asked.length = 0;
    happen('mis_7', 1);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(asked).toEqual(['who of 100 is behind', 'events for 1']);
    expect(readers.flatMap(({ seen }) => seen)).toEqual([1]);
  });

  it('brings a long past in parts, all of it, once', async () => {
    const { read, happen } = setup();
    happen('mis_1', 1_234);
    const { seen } = read('mis_1');
    await settle();
    expect(seen).toEqual(upTo(1_234));
  });

  it('fetches nothing for who cannot take more, and goes on from there when it can', async () => {
    const { hub, read, happen, tell, asked } = setup();
    const { seen, state, reader } = read('mis_1');
    await settle();
    state.isReady = false;
    happen('mis_1', 3);
    tell('mis_1');
    await settle();
    expect(asked).toEqual(['events for 1']);
    state.isReady = true;
    hub.wake(reader);
    await settle();
    expect(seen).toEqual([1, 2, 3]);
  });

  it('tells those who read of a mission that is gone, and not who came while others were asked for', async () => {
    const { read, happen, erase, whileAsked, away } = setup();
    for (const id of ['mis_1', 'mis_2', 'mis_3']) happen(id, 1);
    const [gone, there] = [read('mis_1'), read('mis_2')];
    await settle();
    const late: { state: { isGone: boolean } }[] = [];
    whileAsked(() => late.length === 0 && late.push(read('mis_3')));
    await vi.advanceTimersByTimeAsync(1_000);
    away(true);
    erase('mis_1');
    await vi.advanceTimersByTimeAsync(1_000);
    expect(gone.state.isGone).toBe(false);
    away(false);
    await vi.advanceTimersByTimeAsync(1_000);
    expect([gone, there, ...late].map(({ state }) => state.isGone)).toEqual([true, false, false]);
  });

  it('goes on after the database was away, and asks nobody once nobody reads', async () => {
    const { read, happen, away, asked } = setup();
    const { seen, remove } = read('mis_1');
    await settle();
    away(true);
    happen('mis_1', 2);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(seen).toEqual([]);
    away(false);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(seen).toEqual([1, 2]);
    remove();
    asked.length = 0;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(asked).toEqual([]);
  });
});
