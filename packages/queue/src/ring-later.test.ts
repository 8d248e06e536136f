import { missionBell } from '@flotilla/core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRingLater } from './ring-later.ts';

const later = (missionId: string, afterMs: number) => ({ missionId, afterMs });
const bellOf = (missionId: string) => missionBell({ missionId, pool: 'default', priority: 5, rings: 1 });

function createRing(take = async (ids: readonly string[]) => ids.map(bellOf)) {
  const asked: string[][] = [];
  const rung: string[] = [];
  const failed: string[] = [];
  const ringLater = createRingLater({
    take(ids) {
      asked.push([...ids]);
      return take(ids);
    },
    queue: {
      async ringAll(bells) {
        rung.push(...bells.map((bell) => (bell.job === 'mission' ? bell.missionId : '')));
        return bells.length;
      },
    },
    onError: (_, ids) => void failed.push(...ids),
  });
  return { asked, rung, failed, ringLater };
}

describe('missions that are seen coming', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('are taken at their moment and not before, those of one moment together, each once', async () => {
    const { asked, rung, ringLater } = createRing();
    ringLater([later('a', 1_000), later('b', 1_000), later('c', 3_000)]);
    await vi.advanceTimersByTimeAsync(500);
    ringLater([later('a', 500), later('c', 2_500)]);
    expect(asked).toEqual([]);
    await vi.advanceTimersByTimeAsync(510);
    expect(asked).toEqual([['a', 'b']]);
    await vi.advanceTimersByTimeAsync(5_000);
    expect({ asked, rung }).toEqual({ asked: [['a', 'b'], ['c']], rung: ['a', 'b', 'c'] });
  });

  it('are left to the sweep when the database cannot be asked, and can be waited for again', async () => {
    let isAway = true;
    const { asked, rung, failed, ringLater } = createRing(async (ids) => {
      if (isAway) throw new Error('away');
      return ids.map(bellOf);
    });
    ringLater([later('a', 100)]);
    await vi.advanceTimersByTimeAsync(200);
    isAway = false;
    ringLater([later('a', 100)]);
    await vi.advanceTimersByTimeAsync(200);
    expect({ asked, rung, failed }).toEqual({ asked: [['a'], ['a']], rung: ['a'], failed: ['a'] });
  });
});
