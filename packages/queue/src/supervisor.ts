import { setTimeout as sleep } from 'node:timers/promises';
import type { Backend, Taken, WorkerHandle } from './backend.ts';
import type { Handlers } from './handlers.ts';
import { CLOSE_TIMEOUT_MS, REOPEN_FIRST_MS, REST_CAP_MS, REST_FIRST_MS, STORM_ERRORS_PER_SECOND } from './settings.ts';
import type { SlotGate } from './slot-gate.ts';
import { createStormGauge } from './storm.ts';
import { createWatchdog } from './watchdog.ts';
import { within } from './within.ts';

/** A consumer that did not hear bells that were there, and got a new worker. */
export type Deafness = { queue: string; depth: number; silentMs: number };

/** A worker, what of its bells is being handled, and what it was told it may have in hand. */
type Opened = { worker: WorkerHandle; running: number; concurrency: number; isFetching: boolean };

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
  gate: SlotGate;
  handlers: Handlers;
  /** How many bells wait to be fetched; 0 while the whole queue is paused by an operator. */
  fetchable(): Promise<number>;
  onError(error: unknown): void;
  onDeaf(deafness: Deafness): void;
  watchEveryMs: number;
  deafAfterMs: number;
}): Supervisor {
  const { handlers, queueName } = options;
  const seat = options.gate.join(adjust);
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

  /** What the gate allows, less what handlers of earlier workers still hold. */
  const allowanceOf = (opened: Opened) => seat.allowance() - Math.max(0, handlers.running() - opened.running);
  const mayFetch = (opened: Opened) => !isPaused && !isResting && allowanceOf(opened) > 0;

  /** Lets the open worker fetch as much as it may now, or nothing. */
  function adjust(): void {
    if (!current || !isOpen) return;
    const { worker } = current;
    const allowance = allowanceOf(current);
    if (allowance > 0 && allowance !== current.concurrency) {
      // A full worker sleeps until one of its own bells is done, whatever it is told meanwhile.
      const sleeps = current.isFetching && current.running >= current.concurrency;
      const isRaised = allowance > current.concurrency;
      worker.setConcurrency(allowance);
      current.concurrency = allowance;
      if (sleeps && isRaised) {
        worker.pause();
        worker.resume();
      }
    }
    if (mayFetch(current) === current.isFetching) return;
    current.isFetching = !current.isFetching;
    if (current.isFetching) worker.resume();
    else worker.pause();
  }

  async function take(opened: Opened, taken: Taken): Promise<void> {
    if (opened !== current || isPaused || ended.signal.aborted) return taken.giveBack();
    fetchedAt = now();
    const isTaken = seat.take();
    if (!isTaken) adjust();
    if (!isTaken) return taken.giveBack();
    opened.running += 1;
    try {
      const handled = handlers.handle(taken);
      adjust();
      await handled;
    } finally {
      opened.running -= 1;
      seat.free();
      adjust();
    }
  }

  function open(): Opened {
    const concurrency = Math.max(1, seat.allowance() - handlers.running());
    const worker = options.backend.openWorker({
      queueName,
      concurrency,
      take: (taken) => take(opened, taken),
      onError(error) {
        options.onError(error);
        const restMs = opened === current && isOpen && !isResting ? storm.note(now()) : undefined;
        if (restMs !== undefined) void rest(restMs);
      },
      onLost() {
        if (opened === current) reopen();
      },
    });
    const opened: Opened = { worker, running: 0, concurrency, isFetching: false };
    return opened;
  }

  async function rest(ms: number): Promise<void> {
    isResting = true;
    adjust();
    await pauseFor(ms);
    isResting = false;
    adjust();
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
        start(opened);
        await Promise.race([new Promise<void>((resolve) => (reopen = resolve)), end]);
        isOpen = false;
        if (ended.signal.aborted) return;
      }
      await current?.worker.cut();
      if (!opened) await pauseFor(waitMs);
      waitMs = Math.min(2 * waitMs, REST_CAP_MS);
    }
  }

  function start(opened: Opened): void {
    opened.isFetching = mayFetch(opened);
    if (opened.isFetching) opened.worker.run();
    adjust();
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
    const sighting = { at: now(), fetchedAt, hasFreeSlots: seat.hasRoom() };
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
      // A worker that is not open yet is left alone: pausing it would outlast a resume that comes before it is ready.
      isPaused = true;
      adjust();
    },
    resume() {
      isPaused = false;
      adjust();
    },
    isHealthy: () => isOpen && !isResting,
    drain() {
      ended.abort();
      isOpen = false;
      clearInterval(watching);
      seat.leave();
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
