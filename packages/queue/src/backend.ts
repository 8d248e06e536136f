import type { SharedDocuments } from '@flotilla/core';
import type { BellJob } from './bell-job.ts';
import type { SignalChannel, Topic } from './signals/channel.ts';

/** A bell that a worker has fetched. */
export type Taken = {
  data: unknown;
  /** Puts the bell back where it was, for another worker; always throws, which is how BullMQ is told. */
  giveBack(): Promise<never>;
};

/** BullMQ's own counts: jobs that wait, that are being handled, that wait for a time, that ended badly and were kept. */
export type QueueCounts = { waiting: number; active: number; delayed: number; failed: number };

/** One BullMQ queue, from its producer's side. Everything rejects in bounded time when the server does not answer. */
export type QueueHandle = {
  addBulk(jobs: BellJob[]): Promise<void>;
  holds(jobId: string): Promise<boolean>;
  depth(): Promise<number>;
  counts(): Promise<QueueCounts>;
  isPaused(): Promise<boolean>;
  /** BullMQ's own object, for its board. */
  bull: unknown;
  close(): Promise<void>;
};

/** One BullMQ worker. */
export type WorkerHandle = {
  /** Rejects when it can never become ready, and has to be opened anew. */
  ready(): Promise<void>;
  run(): void;
  /** Fetches nothing new; what runs goes on. */
  pause(): void;
  resume(): void;
  setConcurrency(concurrency: number): void;
  /** Fetches nothing new, waits for what runs and records it; has no bound of its own. */
  close(): Promise<void>;
  /** Cuts the connections; bounded. What still runs is not recorded, and is offered again later. */
  cut(): Promise<void>;
};

export type OpenWorkerOptions = {
  queueName: string;
  concurrency: number;
  /** Must not reject but by `giveBack`. */
  take(taken: Taken): Promise<void>;
  onError(error: Error): void;
  /** Its connections are half open, and it would hear late or never; it has to be opened anew. */
  onLost(): void;
};

/** What differs between Redis and Postgres; the same files stand behind it in `redis/` and `postgres/`. */
export type Backend = {
  kind: 'redis' | 'postgres';
  migrate(): Promise<void>;
  ping(): Promise<void>;
  openQueue(name: string): Promise<QueueHandle>;
  openWorker(options: OpenWorkerOptions): WorkerHandle;
  openChannel(topic: Topic): SignalChannel;
  documents: SharedDocuments | null;
  close(): Promise<void>;
};
