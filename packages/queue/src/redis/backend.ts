import { RING_TIMEOUT_MS } from '@flotilla/core';
import { Queue, Worker } from 'bullmq';
import type { Backend } from '../backend.ts';
import { toProcessor, toQueueHandle, toWorkerHandle, WORKER_OPTIONS } from '../bull.ts';
import type { ErrorReport } from '../error-throttle.ts';
import { CLOSE_TIMEOUT_MS, EVENTS_KEPT, REDIS_POLL_SECONDS } from '../settings.ts';
import { createRedisListener } from '../signals/redis/listener.ts';
import { createRedisSender } from '../signals/redis/sender.ts';
import { within } from '../within.ts';
import { openProducerClient, whenReady, workerConnection } from './connection.ts';
import { createRedisDocuments } from './documents.ts';
import { redisWarnings } from './warnings.ts';

/** One message of signals is no more than one read of a socket. */
const SIGNALS_MAX_BYTES = 65_536;

/** BullMQ on Redis. One producer connection for all queues of the process, and two connections a worker. */
export function createRedisBackend(options: {
  url: string;
  prefix: string;
  report: ErrorReport;
  onWarning(message: string): void;
}): Backend {
  const { url, prefix, report } = options;
  const client = openProducerClient(url, (error) => report(error, 'redis'));
  const warned = new Set<string>();

  // At every connect, since what answers after a failover may be configured differently.
  client.on('ready', () => {
    client.info().then(warn, (error: unknown) => report(error, 'redis'));
  });

  function warn(info: string) {
    for (const warning of redisWarnings(info)) {
      if (!warned.has(warning)) options.onWarning(warning);
      warned.add(warning);
    }
  }

  return {
    kind: 'redis',
    migrate: () => Promise.resolve(),
    async ping() {
      await within(whenReady(client), RING_TIMEOUT_MS, 'connecting to Redis');
      await client.ping();
    },
    async openQueue(name) {
      await within(whenReady(client), RING_TIMEOUT_MS, 'connecting to Redis');
      const queue = new Queue(name, {
        connection: client,
        prefix,
        skipVersionCheck: true,
        streams: { events: { maxLen: EVENTS_KEPT } },
      });
      queue.on('error', (error) => report(error, 'redis'));
      return toQueueHandle(queue);
    },
    openWorker(worker) {
      const bull = new Worker(worker.queueName, toProcessor(worker), {
        ...WORKER_OPTIONS,
        connection: workerConnection(url),
        prefix,
        skipVersionCheck: true,
        concurrency: worker.concurrency,
        drainDelay: REDIS_POLL_SECONDS,
      });
      return toWorkerHandle(bull, worker);
    },
    openChannel(topic) {
      const channel = `${prefix}:${topic}`;
      return {
        maxBytes: SIGNALS_MAX_BYTES,
        openSender: () => createRedisSender(client, channel),
        openListener: (onMessage) =>
          createRedisListener({ url, channel, onError: (error) => report(error, 'signals') }, onMessage),
      };
    },
    documents: createRedisDocuments(client, prefix),
    async close() {
      if (client.status === 'ready') await within(client.quit(), CLOSE_TIMEOUT_MS, 'QUIT').catch(() => undefined);
      client.disconnect();
    },
  };
}
