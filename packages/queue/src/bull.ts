import { setTimeout as sleep } from 'node:timers/promises';
import { type Job, type JobType, WaitingError } from 'bullmq';
import type { OpenWorkerOptions, QueueHandle, WorkerHandle } from './backend.ts';
import type { BellJob } from './bell-job.ts';
import { CLOSE_TIMEOUT_MS, FETCH_AGAIN_AFTER_MS, LOCK_MS, STALLED_EVERY_MS, STALLED_MAX } from './settings.ts';
import { within } from './within.ts';

/** The part of BullMQ's `Queue` we use; its type parameters differ from backend to backend, these methods do not. */
type BullQueue = {
  addBulk(jobs: BellJob[]): Promise<unknown>;
  getJobState(jobId: string): Promise<string>;
  getJobCounts(...types: JobType[]): Promise<Record<string, number>>;
  isPaused(): Promise<boolean>;
  close(): Promise<void>;
};

/** The part of BullMQ's `Worker` we use. */
type BullWorker = {
  concurrency: number;
  on(event: 'error', listener: (error: Error) => void): unknown;
  waitUntilReady(): Promise<unknown>;
  run(): Promise<void>;
  pause(doNotWaitActive: boolean): Promise<void>;
  resume(): Promise<void>;
  isRunning(): boolean;
  close(force: true): Promise<void>;
  getBackend(): { disconnectBlocking(wait: boolean): Promise<void> };
};

/** How often a closing worker is asked whether its last job was recorded. */
const CLOSE_POLL_MS = 10;

/** What a worker is told on either backend. `autorun` is off, since a worker that cannot become ready spins. */
export const WORKER_OPTIONS = {
  autorun: false,
  lockDuration: LOCK_MS,
  stalledInterval: STALLED_EVERY_MS,
  maxStalledCount: STALLED_MAX,
  runRetryDelay: FETCH_AGAIN_AFTER_MS,
} as const;

/** The handle of a BullMQ queue; closing it leaves the connection, which the backend's queues share. */
export function toQueueHandle(queue: BullQueue): QueueHandle {
  return {
    async addBulk(jobs) {
      await queue.addBulk(jobs);
    },
    async holds(jobId) {
      return (await queue.getJobState(jobId)) !== 'unknown';
    },
    async depth() {
      const counts = await queue.getJobCounts('waiting', 'prioritized');
      return (counts['waiting'] ?? 0) + (counts['prioritized'] ?? 0);
    },
    async counts() {
      const counts = await queue.getJobCounts('waiting', 'prioritized', 'active', 'delayed', 'failed');
      const of = (...types: JobType[]) => types.reduce((sum, type) => sum + (counts[type] ?? 0), 0);
      return {
        waiting: of('waiting', 'prioritized'),
        active: of('active'),
        delayed: of('delayed'),
        failed: of('failed'),
      };
    },
    isPaused: () => queue.isPaused(),
    bull: queue,
    close: () => queue.close(),
  };
}

/** The function BullMQ calls for a job. Two parameters: with a third, BullMQ would make a signal for each. */
export function toProcessor(options: OpenWorkerOptions) {
  return function processJob(job: Job<unknown, void>, token?: string): Promise<void> {
    return options.take({
      data: job.data,
      async giveBack() {
        await job.moveToWait(token);
        throw new WaitingError();
      },
    });
  };
}

/** The handle of a BullMQ worker, which owns its connections. */
export function toWorkerHandle(worker: BullWorker, options: Pick<OpenWorkerOptions, 'onError'>): WorkerHandle {
  worker.on('error', options.onError);
  const cut = new AbortController();
  return {
    async ready() {
      await worker.waitUntilReady();
    },
    run() {
      worker.run().catch(options.onError);
    },
    pause() {
      worker.pause(true).catch(options.onError);
    },
    resume() {
      worker.resume().catch(options.onError);
    },
    setConcurrency(concurrency) {
      worker.concurrency = concurrency;
    },
    async close() {
      // Not BullMQ's own `close()`: when the server goes away it waits for ever for the end of a connection that is
      // gone, and leaves timers that keep the process alive. `close(true)` waits for nothing.
      worker.pause(true).catch(options.onError);
      await worker.getBackend().disconnectBlocking(false);
      while (worker.isRunning() && !cut.signal.aborted) await sleep(CLOSE_POLL_MS);
      await worker.close(true);
    },
    async cut() {
      cut.abort();
      await within(worker.close(true), CLOSE_TIMEOUT_MS, 'closing a worker').catch(() => undefined);
    },
  };
}
