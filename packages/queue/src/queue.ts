import { type Bell, parseBroadcast, parseSignal, type SharedDocuments, type Signal } from '@flotilla/core';
import type { Backend, QueueCounts } from './backend.ts';
import type { Channel } from './bell-job.ts';
import { type Board, type BoardOptions, createBoard } from './board/board.ts';
import { type Consumer, createConsumer } from './consumer.ts';
import { createErrorThrottle, type ErrorContext } from './error-throttle.ts';
import { createFollowing, type Follow } from './following/follow.ts';
import { createTeller, type Teller } from './following/teller.ts';
import { createPostgresBackend } from './postgres/backend.ts';
import type { ConsumeOptions } from './receive.ts';
import { createRedisBackend } from './redis/backend.ts';
import { createRinger, type RungBells } from './ringer.ts';
import { ERROR_REPORT_EVERY_MS } from './settings.ts';
import { createSignals, type Signals } from './signals/signals.ts';
import type { Deafness } from './supervisor.ts';

export type QueueConfig = {
  /** The Postgres URL must lead to the server itself: the queue LISTENs, which a pooler in transaction mode cannot. */
  backend: { kind: 'redis'; url: string } | { kind: 'postgres'; url: string };
  /** Keeps queues apart that share a server: a key prefix on Redis, a schema on Postgres. */
  prefix?: string;
  /** Everything that went wrong and was survived; each kind at most once a second. */
  onError(error: Error, context: ErrorContext): void;
  /** A server that works but should be configured differently; each warning once. */
  onWarning?(message: string): void;
  /** A consumer missed bells that were there and was given a new worker. */
  onDeaf?(deafness: Deafness): void;
  /** Told of every bell that was to be rung, and what became of it. */
  onRung?(rung: RungBells): void;
};

/** The bell. It carries ids, never state; whatever is lost here is rung again by the sweep. */
export type Queue = {
  kind: 'redis' | 'postgres';
  /** Creates the Postgres backend's own tables; idempotent, safe from several processes at once, no-op on Redis. */
  migrate(): Promise<void>;
  /**
   * Rings one bell. Never rejects, and resolves within RING_TIMEOUT_MS, also against a server that is stopped or
   * black-holed. `false`: it was not rung as far as can be told, and the sweep will. An id the queue already holds is
   * swallowed and answers `true`; `holds` tells.
   */
  ring(bell: Bell): Promise<boolean>;
  /** Rings many, in one round trip for each queue and 500 bells; resolves to how many were rung. Never rejects. */
  ringAll(bells: readonly Bell[]): Promise<number>;
  /** Whether exactly this ring waits or is being handled, so that ringing it again would do nothing. @throws Error */
  holds(bell: Bell): Promise<boolean>;
  /** What processes tell each other beside the bells. */
  signals: Signals<Signal>;
  /** Hears of a mission's new events, and of what its model writes, from whichever process runs it. */
  follow: Follow;
  /** Tells those who follow missions. Called once by a process that runs some, which then hears who follows what. */
  openTeller(): Teller;
  /** Tells of new events whether or not somebody follows, which costs a message; for what happens seldom. */
  tellOfEvents(missionId: string): void;
  /** Small texts that processes change together; `null` on Postgres, where the database has them. */
  documents: SharedDocuments | null;
  /** Starts to take bells. @throws Error after `close`. */
  consume(options: ConsumeOptions): Consumer;
  /** Bells that wait, without those being handled. @throws Error in bounded time when the server does not answer. */
  depth(channel: Channel): Promise<number>;
  /** BullMQ's own counts of a queue, for whoever watches. @throws Error as `depth` */
  counts(channel: Channel): Promise<QueueCounts>;
  /** bull-board over the queues, for looking only. */
  openBoard(options: BoardOptions): Board;
  /** Resolves when the server answers (and, on Postgres, the queue's tables are there). @throws Error otherwise. */
  ping(): Promise<void>;
  /** Stops consumers that still run without waiting for their handlers, and lets go of every connection. */
  close(): Promise<void>;
};

/**
 * BullMQ behind one door. A server that is not there yet is waited for, and costs only rings.
 *
 * @throws Error for a Postgres URL that is none, or a prefix that is no schema's name
 */
export function createQueue(config: QueueConfig): Queue {
  const report = createErrorThrottle({
    everyMs: ERROR_REPORT_EVERY_MS,
    now: () => performance.now(),
    onError: (error, context) => config.onError(error, context),
  });
  const backend = createBackend(config, report);
  const ringer = createRinger(backend, report, (rung) => config.onRung?.(rung));
  const signals = createSignals(backend.openChannel('signals'), parseSignal, report);
  const broadcasts = createSignals(backend.openChannel('broadcasts'), parseBroadcast, report);
  const following = createFollowing({ signals, broadcasts });
  const consumers = new Set<Consumer>();
  let closing: Promise<void> | undefined;

  async function close(): Promise<void> {
    await Promise.all([...consumers].map((consumer) => consumer.stop({ timeoutMs: 0 })));
    following.close();
    await Promise.all([ringer.close(), signals.close(), broadcasts.close()]);
    await backend.close();
  }

  return {
    kind: backend.kind,
    migrate: backend.migrate,
    ring: ringer.ring,
    ringAll: ringer.ringAll,
    holds: ringer.holds,
    signals,
    follow: following.follow,
    openTeller: () => createTeller({ signals, broadcasts }),
    tellOfEvents: (missionId) => broadcasts.send({ kind: 'events', missionId }),
    documents: backend.documents,
    depth: ringer.depth,
    counts: ringer.counts,
    openBoard: (options) => createBoard(options, ringer),
    ping: backend.ping,
    consume(options) {
      if (closing) throw new Error('the queue is closed');
      const consumer = createConsumer(options, {
        backend,
        ringer,
        report,
        onDeaf: (deafness) => config.onDeaf?.(deafness),
      });
      consumers.add(consumer);
      return consumer;
    },
    close() {
      closing ??= close();
      return closing;
    },
  };
}

function createBackend(config: QueueConfig, report: ReturnType<typeof createErrorThrottle>): Backend {
  const { kind, url } = config.backend;
  switch (kind) {
    case 'redis':
      return createRedisBackend({
        url,
        prefix: config.prefix ?? 'flotilla',
        report,
        onWarning: (message) => config.onWarning?.(message),
      });
    case 'postgres':
      return createPostgresBackend({
        url,
        schema: config.prefix ?? 'flotilla_queue',
        onError: (error) => report(error, 'postgres'),
      });
  }
}
