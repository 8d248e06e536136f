import type { Broadcast, Signal } from '@flotilla/core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FOLLOW_AGAIN_A_SECOND, FOLLOW_AGAIN_EVERY_MS } from '../settings.ts';
import { createFollowing } from './follow.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function setup() {
  const said: Signal[] = [];
  let hear: (broadcast: Broadcast) => void = () => undefined;
  const following = createFollowing({
    signals: { send: (signal) => void said.push(signal) },
    broadcasts: {
      subscribe(handler) {
        hear = handler;
        return () => undefined;
      },
    },
    now: () => Date.now(),
  });
  return { ...following, said, hear: (broadcast: Broadcast) => hear(broadcast) };
}

const nothing = { onEvents: () => undefined };

describe('following', () => {
  it('is said at once and again for as long as it lasts, so that a worker that starts later hears of it', () => {
    const { follow, said } = setup();
    const end = follow('mis_1', nothing);
    expect(said).toEqual([{ kind: 'following', missionId: 'mis_1', deltas: false }]);
    vi.advanceTimersByTime(2.5 * FOLLOW_AGAIN_EVERY_MS);
    expect(said).toHaveLength(4);
    end();
    vi.advanceTimersByTime(2 * FOLLOW_AGAIN_EVERY_MS);
    expect(said).toHaveLength(4);
  });

  it('asks for deltas only while somebody wants them', () => {
    const { follow, said } = setup();
    follow('mis_1', nothing);
    const end = follow('mis_1', { ...nothing, onDelta: () => undefined });
    end();
    vi.advanceTimersByTime(2_000);
    expect(said.map((signal) => signal.kind === 'following' && signal.deltas)).toEqual([false, true, false]);
  });

  it('is said of a bounded number of missions in a second, and of each in turn', () => {
    const { follow, said } = setup();
    const ids = Array.from({ length: 2 * FOLLOW_AGAIN_A_SECOND }, (_, index) => `mis_${index}`);
    for (const id of ids) follow(id, nothing);
    said.length = 0;
    vi.advanceTimersByTime(2_000);
    expect(said).toHaveLength(FOLLOW_AGAIN_A_SECOND);
    vi.advanceTimersByTime(1_000);
    expect(new Set(said.map(({ missionId }) => missionId))).toEqual(new Set(ids));
  });

  it('tells a follower of its own mission, and no more once it has ended', () => {
    const { follow, hear } = setup();
    let events = 0;
    const texts: string[] = [];
    const end = follow('mis_1', { onEvents: () => (events += 1), onDelta: ({ text }) => void texts.push(text) });
    const tell = (missionId: string) => {
      hear({ kind: 'events', missionId });
      hear({ kind: 'delta', missionId, step: 1, attempt: 1, try: 1, offset: 0, text: missionId });
    };
    for (const id of ['mis_1', 'mis_2']) tell(id);
    end();
    tell('mis_1');
    expect({ events, texts }).toEqual({ events: 1, texts: ['mis_1'] });
  });
});
