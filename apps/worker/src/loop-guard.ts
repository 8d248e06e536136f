import { createLoadWatch, type LoadWatch, type LoadWatchOptions, type Logger } from '@flotilla/platform';
import type { WorkerFacts } from './facts.ts';

/**
 * A pause ends after this long, whatever the loop says: what makes it late may be nothing that a pause would end, and a
 * worker that is alone in its pool would otherwise take nothing for good.
 */
const PAUSE_MAX_MS = 5_000;
/** What it then may take in. A loop that is late fetches one bell or two in so long. */
const TRY_MS = 1_000;

export type LoopGuard = {
  /** Whether missions are left to other workers at present. */
  isPausing(): boolean;
  start(): void;
  stop(): void;
};

type Deps = {
  /** How late a turn of the event loop may come, in milliseconds. */
  loopDelayMs: number;
  /** Missions in hand. */
  running(): number;
  /** `isPausing` has changed. */
  onTurn(): void;
  logger: Logger;
  facts: Pick<WorkerFacts, 'takingTurned'>;
  createWatch?: (options: LoadWatchOptions) => Pick<LoadWatch, 'start' | 'stop'>;
  now?: () => number;
};

/**
 * Has a worker take no more missions while its event loop is late: with a slot free it would take them from workers that
 * have time for them, and make those that it has wait longer, its own heartbeat among them.
 */
export function createLoopGuard(deps: Deps): LoopGuard {
  const { loopDelayMs, logger, facts, createWatch = createLoadWatch, now = () => performance.now() } = deps;
  const watch = createWatch({ loopDelayMs, onTurn: (overload) => turn(overload !== null) });
  let isPausing = false;
  let pausedAtMs = 0;
  let timer: NodeJS.Timeout | undefined;

  function turn(isLate: boolean): void {
    clearTimeout(timer);
    if (isLate) logger.warn('takes no missions: its event loop is late', { loopDelayMs, missions: deps.running() });
    else logger.info('takes missions: its event loop is in time again', { missions: deps.running() });
    if (isLate) pause();
    else resume();
  }

  function pause(): void {
    isPausing = true;
    pausedAtMs = now();
    facts.takingTurned({ isPaused: true });
    timer = setTimeout(() => {
      resume();
      timer = setTimeout(pause, TRY_MS).unref();
    }, PAUSE_MAX_MS).unref();
    deps.onTurn();
  }

  function resume(): void {
    if (!isPausing) return;
    isPausing = false;
    facts.takingTurned({ isPaused: false, pausedMs: now() - pausedAtMs });
    deps.onTurn();
  }

  return {
    isPausing: () => isPausing,
    start: () => watch.start(),
    stop() {
      watch.stop();
      clearTimeout(timer);
    },
  };
}
