import { RING_TIMEOUT_MS, withSessionOptions } from '@flotilla/core';
import {
  type BackendFactory,
  createPostgresBackend as createBullBackend,
  type PostgresConnection,
  type PostgresConnectionOptions,
  type PostgresQueueBackend,
  quoteSchemaName,
  withBackend,
} from 'bullmq';
import type { Backend } from '../backend.ts';
import { toProcessor, toQueueHandle, toWorkerHandle, WORKER_OPTIONS } from '../bull.ts';
import { CLOSE_TIMEOUT_MS, EVENTS_KEPT, POSTGRES_POLL_SECONDS, WORKER_TIMEOUT_MS } from '../settings.ts';
import { createPostgresListener } from '../signals/postgres/listener.ts';
import { createPostgresSender } from '../signals/postgres/sender.ts';
import { within } from '../within.ts';
import { openConnection, type PostgresOptions, poolConfig } from './connection.ts';
import { QueueBackend } from './queue-backend.ts';

const PRODUCER_CONNECTIONS = 2;
/** For the moves of all its jobs; one more connection is LISTENed on. */
const WORKER_CONNECTIONS = 3;
/** How `pg` names a statement that was not answered within `query_timeout`. */
const QUERY_TIMED_OUT = 'Query read timeout';
/** NOTIFY takes no more than 7,999 bytes. */
const SIGNALS_MAX_BYTES = 7_999;
/** Another process may be creating the same tables; it is waited for, not for ever. */
const MIGRATION_TIMEOUT_MS = 60_000;

/**
 * BullMQ on Postgres. One small pool for all queues of the process, and another for each worker.
 *
 * @throws Error for a URL that is none, or a schema that is no plain identifier
 */
export function createPostgresBackend(options: PostgresOptions): Backend {
  const { url, schema, onError } = options;
  // Refused here rather than in the background, again and again.
  quoteSchemaName(schema);
  withSessionOptions(url, '');
  let producer: Promise<PostgresConnection> | undefined;

  function connect(): Promise<PostgresConnection> {
    const config = poolConfig({ url, schema, max: PRODUCER_CONNECTIONS, timeoutMs: RING_TIMEOUT_MS });
    producer ??= openConnection(config, onError).catch((error: unknown) => {
      producer = undefined;
      throw error;
    });
    return producer;
  }

  return {
    kind: 'postgres',
    async migrate() {
      const config = poolConfig({ url, schema, max: 1, timeoutMs: MIGRATION_TIMEOUT_MS, isDurable: true });
      const connection = await openConnection({ ...config, migrate: true }, onError);
      await connection.close();
    },
    async ping() {
      const connection = await connect();
      await connection.pool.query('SELECT 1 FROM migration LIMIT 1');
    },
    async openQueue(name) {
      const connection = await connect();
      const share: BackendFactory<PostgresQueueBackend, PostgresConnectionOptions> = (queueName, queueOptions) =>
        new QueueBackend(connection, queueName, queueOptions, false);
      const { Queue } = withBackend(share);
      const queue = new Queue(name, { connection: connection.pool, streams: { events: { maxLen: EVENTS_KEPT } } });
      queue.on('error', onError);
      return toQueueHandle(queue);
    },
    openWorker(worker) {
      const { Worker } = withBackend(createBullBackend);
      const bull = new Worker(worker.queueName, toProcessor(worker), {
        ...WORKER_OPTIONS,
        connection: poolConfig({ url, schema, max: WORKER_CONNECTIONS, timeoutMs: WORKER_TIMEOUT_MS }),
        concurrency: worker.concurrency,
        drainDelay: POSTGRES_POLL_SECONDS,
      });
      return toWorkerHandle(bull, {
        onError(error) {
          worker.onError(error);
          // Its LISTEN connection is as dead as the one that just timed out, and TCP finds that out after minutes.
          if (error.message === QUERY_TIMED_OUT) worker.onLost();
        },
      });
    },
    openChannel(topic) {
      const there = { url, channel: `${schema}_${topic}`, onError };
      return {
        maxBytes: SIGNALS_MAX_BYTES,
        openSender: () => createPostgresSender(there),
        openListener: (onMessage) => createPostgresListener(there, onMessage),
      };
    },
    documents: null,
    async close() {
      const closing = producer?.then((connection) => connection.close());
      await within(closing ?? Promise.resolve(), CLOSE_TIMEOUT_MS, 'closing the pool').catch(() => undefined);
    },
  };
}
