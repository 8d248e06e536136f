import type { DueMission } from '@flotilla/db';
import { createLogger } from '@flotilla/platform';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRingLater } from './ring-later.ts';

const logger = createLogger({ level: 'error', format: 'json', service: 'test' });
const later = (missionId: string, afterMs: number): DueMission => ({
  missionId,
  pool: 'default',
  priority: 5,
  rings: 1,
  afterMs,
});

function createRing(take = async (ids: readonly string[]) => ids.map((id) => later(id, 0))) {
  const asked: string[][] = [];
  const rung: string[] = [];
  const repaired: number[] = [];
  const ringLater = createRingLater({
    db: {
      sweep: {
        takeAtTheirMoment(ids) {
          asked.push([...ids]);
          return take(ids);
        },
      },
    },
    queue: {
      async ringAll(bells) {
        rung.push(...bells.map((bell) => (bell.job === 'mission' ? bell.missionId : '')));
        return bells.length;
      },
    },
    logger,
    facts: { repaired: (_, count = 1) => void repaired.push(count) },
  });
  return { asked, rung, repaired, ringLater };
}

describe('missions that the sweep has seen coming', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('are taken at their moment and not before, those of one moment together, each once', async () => {
    const { asked, rung, repaired, ringLater } = createRing();
    ringLater([later('a', 1_000), later('b', 1_000), later('c', 3_000)]);
    await vi.advanceTimersByTimeAsync(500);
    ringLater([later('a', 500), later('c', 2_500)]);
    expect(asked).toEqual([]);
    await vi.advanceTimersByTimeAsync(510);
    expect(asked).toEqual([['a', 'b']]);
    await vi.advanceTimersByTimeAsync(5_000);
    expect({ asked, rung, repaired }).toEqual({ asked: [['a', 'b'], ['c']], rung: ['a', 'b', 'c'], repaired: [2, 1] });
  });

  it('are left to the sweep when the database cannot be asked, and can be waited for again', async () => {
    let isAway = true;
    const { asked, rung, ringLater } = createRing(async (ids) => {
      if (isAway) throw new Error('away');
      return ids.map((id) => later(id, 0));
    });
    ringLater([later('a', 100)]);
    await vi.advanceTimersByTimeAsync(200);
    isAway = false;
    ringLater([later('a', 100)]);
    await vi.advanceTimersByTimeAsync(200);
    expect({ asked, rung }).toEqual({ asked: [['a'], ['a']], rung: ['a'] });
  });
});
