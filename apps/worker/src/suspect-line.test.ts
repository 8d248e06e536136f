import type { DueMission } from '@flotilla/db';
import { createLogger } from '@flotilla/platform';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createSuspectLine } from './suspect-line.ts';

const POOL = 'default';
const logger = createLogger({ level: 'error', format: 'json', service: 'test' });

function createLine() {
  const rung: string[] = [];
  const bell = (): DueMission => ({ missionId: `mis_${rung.length}`, pool: POOL, priority: 5, rings: 2, afterMs: 0 });
  const line = createSuspectLine({
    db: { lease: { wakeSuspect: async () => [bell()] } },
    queue: {
      async ringAll(bells) {
        rung.push(...bells.map((each) => (each.job === 'mission' ? each.missionId : '')));
        return bells.length;
      },
    },
    logger,
    now: () => Date.now(),
    random: () => 0.5,
  });
  return { line, rung };
}

describe('the line of suspects', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('moves on when the one in front has made way', async () => {
    const { line, rung } = createLine();
    line.entered();
    line.madeWay(POOL);
    await vi.advanceTimersByTimeAsync(0);
    expect(rung).toHaveLength(1);
  });

  it('is kept up by whoever was turned away at a worker that has one, with few bells at a time', async () => {
    const { line, rung } = createLine();
    line.entered();
    for (let i = 0; i < 100; i++) line.turnedAway(POOL);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(rung).toHaveLength(4);
    line.turnedAway(POOL);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(rung).toHaveLength(5);
  });

  it('costs nothing where there is no suspect: bells come to the wrong door for other reasons too', async () => {
    const { line, rung } = createLine();
    line.turnedAway(POOL);
    await vi.advanceTimersByTimeAsync(60_000);
    line.entered();
    await vi.advanceTimersByTimeAsync(60_000);
    line.turnedAway(POOL);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(rung).toEqual([]);
  });
});
