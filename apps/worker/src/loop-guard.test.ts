import { createLogger } from '@flotilla/platform';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLoopGuard } from './loop-guard.ts';

const logger = createLogger({ level: 'error', format: 'json', service: 'test' });

/** A guard that hears of its loop from a test. */
function createGuard() {
  let pausedMs = 0;
  let turn: (isLate: boolean) => void = () => undefined;
  const guard = createLoopGuard({
    loopDelayMs: 200,
    running: () => 0,
    onTurn: () => undefined,
    logger,
    facts: { takingTurned: (to) => void (pausedMs += to.isPaused ? 0 : to.pausedMs) },
    createWatch({ onTurn }) {
      turn = (isLate) => onTurn?.(isLate ? 'event_loop' : null);
      return { start: () => undefined, stop: () => undefined };
    },
    now: () => Date.now(),
  });
  return { guard, turn: (isLate: boolean) => turn(isLate), pausedMs: () => pausedMs };
}

/** Which of so many seconds it took missions in. */
async function secondsTaking(guard: { isPausing(): boolean }, seconds: number): Promise<number[]> {
  const taking: number[] = [];
  for (let second = 0; second < seconds; second++) {
    await vi.advanceTimersByTimeAsync(500);
    if (!guard.isPausing()) taking.push(second);
    await vi.advanceTimersByTimeAsync(500);
  }
  return taking;
}

describe('the guard of a worker’s event loop', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('has it take nothing while the loop is late, and everything again afterwards', async () => {
    const { guard, turn, pausedMs } = createGuard();
    expect(guard.isPausing()).toBe(false);
    turn(true);
    expect(await secondsTaking(guard, 3)).toEqual([]);
    turn(false);
    expect(await secondsTaking(guard, 10)).toHaveLength(10);
    expect(pausedMs()).toBe(3_000);
  });

  it('lets it take for a second in six though the loop stays late: it may be alone in its pool', async () => {
    const { guard, turn, pausedMs } = createGuard();
    turn(true);
    expect(await secondsTaking(guard, 18)).toEqual([5, 11, 17]);
    expect(pausedMs()).toBe(15_000);
    turn(false);
    expect(await secondsTaking(guard, 10)).toHaveLength(10);
  });
});
