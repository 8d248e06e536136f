import { setTimeout as sleep } from 'node:timers/promises';
import type { Backend, Taken, WorkerHandle } from './backend.ts';
import type { Handlers } from './handlers.ts';
import { CLOSE_TIMEOUT_MS, REOPEN_FIRST_MS, REST_CAP_MS, REST_FIRST_MS, STORM_ERRORS_PER_SECOND } from './settings.ts';
import { createStormGauge } from './storm.ts';
import { createWatchdog } from './watchdog.ts';
import { within } from './within.ts';

/** A consumer that did not hear bells that were there, and got a new worker. */
export type Deafness = { queue: string; depth: number; silentMs: number };

type Opened = { worker: WorkerHandle; running: number };

export type Supervisor = {
  pause(): void;
  resume(): void;
  isHealthy(): boolean;
  /** From now on nothing is fetched. Resolves when what was fetched has ended and was recorded; has no bound. */
  drain(): Promise<void>;
  /** Ends the worker; bounded. */
  end(): Promise<void>;
};

/**
 * Keeps one working BullMQ worker open for a consumer: opens it anew when it can never become ready or has gone deaf,
 * and rests it when it spins on errors. Handlers outlive their worker, so a new one gets only the slots that are free.
 */
export function createSupervisor(options: {
  backend: Pick<Backend, 'openWorker'>;
  queueName: string;
  concurrency: number;
  handlers: Handlers;
  /** How many bells wait to be fetched; 0 while the whole queue is paused by an operator. */
  fetchable(): Promise<number>;
  onError(error: unknown): void;
  onDeaf(deafness: Deafness): void;
  watchEveryMs: number;
  deafAfterMs: number;
}): Supervisor {
  const { handlers, concurrency, queueName } = options;
  const now = () => performance.now();
  const ended = new AbortController();
  const storm = createStormGauge({
    errorsPerSecond: STORM_ERRORS_PER_SECOND,
    restFirstMs: REST_FIRST_MS,
    restCapMs: REST_CAP_MS,
  });
  const watchdog = createWatchdog({ deafAfterMs: options.deafAfterMs });
  let current: Opened | undefined;
  let isOpen = false;
  let isPaused = false;
  let isResting = false;
  let fetchedAt = now();
  let reopen = (): void => undefined;

  /** The slots that no handler of an earlier worker holds. */
  const slotsOf = (opened: Opened) => Math.max(1, concurrency - (handlers.running() - opened.running));

  async function take(opened: Opened, taken: Taken): Promise<void> {
    const isFull = handlers.running() >= concurrency;
    if (opened !== current || isPaused || ended.signal.aborted || isFull) return taken.giveBack();
    fetchedAt = now();
    opened.running += 1;
    try {
      await handlers.handle(taken);
    } finally {
      opened.running -= 1;
      if (current && opened !== current) current.worker.setConcurrency(slotsOf(current));
    }
  }

  function open(): Opened {
    const worker = options.backend.openWorker({
      queueName,
      concurrency: Math.max(1, concurrency - handlers.running()),
      take: (taken) => take(opened, taken),
      onError(error) {
        options.onError(error);
        const restMs = opened === current && isOpen && !isResting ? storm.note(now()) : undefined;
        if (restMs !== undefined) void rest(opened, restMs);
      },
      onLost() {
        if (opened === current) reopen();
      },
    });
    const opened: Opened = { worker, running: 0 };
    return opened;
  }

  async function rest({ worker }: Opened, ms: number): Promise<void> {
    isResting = true;
    worker.pause();
    await pauseFor(ms);
    isResting = false;
    if (!isPaused && !ended.signal.aborted) worker.resume();
  }

  const pauseFor = (ms: number) => sleep(ms, undefined, { signal: ended.signal }).catch(() => undefined);

  async function keepOpen(): Promise<void> {
    const end = new Promise<void>((resolve) => ended.signal.addEventListener('abort', () => resolve()));
    let waitMs = REOPEN_FIRST_MS;
    while (!ended.signal.aborted) {
      const opened = await Promise.race([openReady(), end]);
      if (ended.signal.aborted) return;
      if (opened) {
        waitMs = REOPEN_FIRST_MS;
        fetchedAt = now();
        isOpen = true;
        if (!isPaused) opened.worker.run();
        await Promise.race([new Promise<void>((resolve) => (reopen = resolve)), end]);
        isOpen = false;
        if (ended.signal.aborted) return;
      }
      await current?.worker.cut();
      if (!opened) await pauseFor(waitMs);
      waitMs = Math.min(2 * waitMs, REST_CAP_MS);
    }
  }

  async function openReady(): Promise<Opened | undefined> {
    try {
      current = open();
      await current.worker.ready();
      return current;
    } catch (error) {
      // A worker that is closed before it was ready says so; that is no news.
      if (!ended.signal.aborted) options.onError(error);
      return undefined;
    }
  }

  async function watch(): Promise<void> {
    if (!isOpen || isPaused || isResting) return;
    const sighting = { at: now(), fetchedAt, hasFreeSlots: handlers.running() < concurrency };
    if (!watchdog.wantsDepth(sighting)) return;
    const depth = await options.fetchable().catch(() => undefined);
    if (!watchdog.isDeaf({ ...sighting, fetchedAt }, depth) || ended.signal.aborted) return;
    options.onDeaf({ queue: queueName, depth: depth ?? 0, silentMs: Math.round(now() - fetchedAt) });
    reopen();
  }

  const watching = setInterval(() => void watch(), options.watchEveryMs);
  const keeping = keepOpen();
  let draining: Promise<void> | undefined;

  return {
    pause() {
      isPaused = true;
      // One that does not run yet will not be run; pausing it would outlast a resume that comes before it is ready.
      if (isOpen) current?.worker.pause();
    },
    resume() {
      isPaused = false;
      if (isOpen && !isResting) current?.worker.resume();
    },
    isHealthy: () => isOpen && !isResting,
    drain() {
      ended.abort();
      isOpen = false;
      clearInterval(watching);
      draining ??= current?.worker.close() ?? Promise.resolve();
      return draining;
    },
    async end() {
      await keeping;
      await within(draining ?? Promise.resolve(), CLOSE_TIMEOUT_MS, 'closing a worker').catch(() =>
        current?.worker.cut(),
      );
    },
  };
}
