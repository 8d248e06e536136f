import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../logger/logger.ts';
import { listenForSignals, type ProcessEvents } from './process-events.ts';

/** The last lines of a process must reach its reader, but a reader who is gone must not hold it back. */
const FLUSH_UP_TO_MS = 1_000;

/** Something with a beginning and an end: a server, a pool, a worker. */
export type Part = {
  readonly name: string;
  /** `signal` aborts when the process is told to stop meanwhile. A start that rejects has left nothing behind. */
  start?(signal: AbortSignal): Promise<void> | void;
  stop(): Promise<void> | void;
};

export type StopOptions = {
  /** 0 unless something went wrong; the highest one asked for wins. */
  exitCode?: number;
  /** A shorter time than the lifecycle's own. */
  graceMs?: number;
};

export type Lifecycle = {
  /**
   * Starts parts in order; may be called again for more. If one fails, what was started is stopped and the process
   * exits with 1. Settles only when all are started: told to stop meanwhile, it never does.
   */
  start(parts: readonly Part[]): Promise<void>;
  /** Stops every part in reverse order and exits. Safe to call again. `reason` is logged. */
  stop(reason: string, options?: StopOptions): Promise<void>;
  /** Aborts when stopping begins. */
  readonly stopping: AbortSignal;
};

export type LifecycleOptions = {
  logger: Logger;
  /** From the first signal to the end; whatever still runs then is cut off, and its name is logged. */
  graceMs: number;
  host?: ProcessEvents;
};

/**
 * Begin and end of a process. SIGTERM and SIGINT stop it once and in order (exit 0); the same signal again ends it at
 * once (130, 143); an uncaught error is logged and stops it (1); a stop beyond the grace is cut off (1).
 */
export function createLifecycle({ logger, graceMs, host = process }: LifecycleOptions): Lifecycle {
  const started: Part[] = [];
  const stopping = new AbortController();
  let busyWith = '';
  let starting: Promise<unknown> = Promise.resolve();
  let stopped: Promise<void> | undefined;
  let exitCode = 0;
  let cutOff: { timer: NodeJS.Timeout; at: number } | undefined;
  let isLeaving = false;

  async function leave(code: number): Promise<void> {
    if (isLeaving) return;
    isLeaving = true;
    clearTimeout(cutOff?.timer);
    await Promise.race([logger.flush(FLUSH_UP_TO_MS), sleep(FLUSH_UP_TO_MS, undefined, { ref: false })]);
    host.exit(code);
  }

  /** Several reasons to stop may come together: the shortest grace counts. */
  function limit(ms: number): void {
    const at = performance.now() + ms;
    if (cutOff !== undefined && cutOff.at <= at) return;
    clearTimeout(cutOff?.timer);
    const timer = setTimeout(() => {
      logger.error('stopping took too long and was cut off', { part: busyWith, graceMs: ms });
      void leave(1);
    }, ms);
    cutOff = { timer, at };
  }

  async function startOne(part: Part): Promise<void> {
    busyWith = part.name;
    const begunAt = performance.now();
    await part.start?.(stopping.signal);
    started.push(part);
    logger.debug('started', { part: part.name, tookMs: since(begunAt) });
  }

  async function stopAll(reason: string): Promise<void> {
    const begunAt = performance.now();
    logger.info('stopping', { reason, graceMs });
    stopping.abort();
    await starting;
    for (let part = started.pop(); part !== undefined; part = started.pop()) {
      busyWith = part.name;
      const partBegunAt = performance.now();
      try {
        await part.stop();
        logger.info('stopped a part', { part: part.name, tookMs: since(partBegunAt) });
      } catch (error) {
        exitCode = Math.max(exitCode, 1);
        logger.error('a part failed to stop', { part: part.name, tookMs: since(partBegunAt), error });
      }
    }
    logger.info('stopped', { reason, exitCode, tookMs: since(begunAt) });
    await leave(exitCode);
  }

  function stop(reason: string, options: StopOptions = {}): Promise<void> {
    exitCode = Math.max(exitCode, options.exitCode ?? 0);
    limit(Math.min(graceMs, options.graceMs ?? graceMs));
    stopped ??= stopAll(reason);
    return stopped;
  }

  async function start(parts: readonly Part[]): Promise<void> {
    for (const part of parts) {
      if (stopping.signal.aborted) return never();
      const attempt = startOne(part);
      starting = attempt.catch(() => {});
      try {
        await attempt;
      } catch (error) {
        // A start that gives up because it was told to is not a failure.
        if (stopping.signal.aborted) return never();
        logger.error('a part failed to start', { part: part.name, error });
        void stop('start_failed', { exitCode: 1 });
        return never();
      }
    }
    return stopping.signal.aborted ? never() : undefined;
  }

  listenForSignals(host, {
    onStop: (signal) => void stop(signal),
    onInsist: (signal, code) => {
      logger.warn('told to stop again; leaving at once', { signal, part: busyWith });
      void leave(code);
    },
    onCrash: (origin, error) => {
      logger.error('an error was caught nowhere', { origin, error });
      void stop(origin, { exitCode: 1 });
    },
  });

  return { start, stop, stopping: stopping.signal };
}

function since(begunAt: number): number {
  return Math.round(performance.now() - begunAt);
}

/** The process is on its way out: nothing after a start may run any more. */
function never(): Promise<never> {
  return new Promise(() => {});
}
