import { createId, HEARTBEAT_EVERY_MS, LEASE_EXPIRES_AFTER_MS } from '@flotilla/core';
import type { Database, Heartbeat, NewWorker, Registration } from '@flotilla/db';
import type { Logger } from '@flotilla/platform';

/** After a heartbeat that failed the next comes sooner: there is a lease to save, or one to come by. */
const BEAT_AGAIN_AFTER_MS = 1_000;

/**
 * This process's lease over the missions it runs, and the one query that keeps it.
 *
 * A lease belongs to one process start, and expiry is final: once it has run out, everything in hand is dropped and the
 * process registers anew, under a new id. Expiry is judged here on the monotonic clock, from the moment the heartbeat
 * was sent: the database starts counting later, so we always stop before it gives our missions to another.
 */
export type LeaseKeeper = {
  start(): Promise<void>;
  /** Gives the lease up: nothing may be in hand any more. */
  stop(): Promise<void>;
  /** The id to claim with, or `null` while there is no live lease. */
  workerId(): string | null;
  isLive(): boolean;
};

export type LeaseKeeperOptions = {
  db: { lease: Pick<Database['lease'], 'register' | 'beat' | 'stop'> };
  logger: Logger;
  identity: Omit<NewWorker, 'id'>;
  /** Asked before each heartbeat: whether a sweep could begin here now. */
  takesTurn(): boolean;
  /** Called with what each registration brought back, before there is an id to claim with. */
  onRegistered(registration: Registration): void;
  /** Called with what each heartbeat brought back. */
  onBeat(workerId: string, heartbeat: Heartbeat): void;
  /** The lease has run out: abort everything at once, and write nothing. */
  onLost(): void;
  now?: () => number;
};

export function createLeaseKeeper(options: LeaseKeeperOptions): LeaseKeeper {
  const { db, logger, identity, now = () => performance.now() } = options;
  let workerId: string | null = null;
  let liveUntil = 0;
  let timer: NodeJS.Timeout | undefined;
  let expiry: NodeJS.Timeout | undefined;
  let stopped = false;
  let beating: Promise<void> = Promise.resolve();

  const isLive = () => workerId !== null && now() < liveUntil;

  function extend(sentAt: number): void {
    liveUntil = sentAt + LEASE_EXPIRES_AFTER_MS;
    clearTimeout(expiry);
    expiry = setTimeout(lose, Math.max(0, liveUntil - now()), 'no heartbeat came through in time');
  }

  function lose(reason: string): void {
    if (workerId === null) return;
    logger.error('lease lost: dropping every mission in hand', { workerId, reason });
    workerId = null;
    options.onLost();
  }

  async function register(): Promise<void> {
    const id = createId('worker');
    const sentAt = now();
    options.onRegistered(await db.lease.register({ id, ...identity }));
    workerId = id;
    extend(sentAt);
    logger.info('registered', { workerId: id, ...identity });
  }

  async function beat(id: string): Promise<void> {
    const sentAt = now();
    const heartbeat = await db.lease.beat(id, { takesTurn: options.takesTurn() });
    if (!heartbeat.alive) {
      lose('it had expired in the database');
      return;
    }
    // The answer may come after our own clock has given the lease up; expiry is final on both sides.
    if (workerId !== id) return;
    extend(sentAt);
    options.onBeat(id, heartbeat);
  }

  async function tick(): Promise<void> {
    let nextMs = BEAT_AGAIN_AFTER_MS;
    try {
      await (workerId === null ? register() : beat(workerId));
      // Only a database that answers is asked for a new lease at once.
      nextMs = workerId === null ? 0 : HEARTBEAT_EVERY_MS;
    } catch (error) {
      logger.warn('heartbeat failed', { workerId, error });
    }
    if (!stopped) schedule(nextMs);
  }

  function schedule(afterMs: number): void {
    timer = setTimeout(() => {
      beating = tick();
    }, afterMs);
  }

  return {
    isLive,
    workerId: () => (isLive() ? workerId : null),
    async start() {
      await register();
      schedule(HEARTBEAT_EVERY_MS);
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await beating;
      clearTimeout(timer);
      clearTimeout(expiry);
      if (workerId !== null) await db.lease.stop(workerId);
    },
  };
}
