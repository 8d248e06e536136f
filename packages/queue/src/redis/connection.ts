import { RING_TIMEOUT_MS } from '@flotilla/core';
import { Redis } from 'ioredis';
import { SIGNAL_PING_TIMEOUT_MS, WORKER_TIMEOUT_MS } from '../settings.ts';

const BOTH = {
  connectTimeout: 2_000,
  keepAlive: 10_000,
  retryStrategy: (times: number) => Math.min(times * 100, 1_000),
  // After a failover the name behind the URL may lead to the new primary; the old one only answers READONLY.
  reconnectOnError: (error: Error) => error.message.includes('READONLY'),
};

/**
 * The connection bells are rung on: it fails, and does not wait. `enableOfflineQueue: false` alone is not enough:
 * with a stopped or black-holed Redis an add was still pending after 12 s; only `commandTimeout` bounds it.
 */
export function openProducerClient(url: string, onError: (error: Error) => void): Redis {
  const client = new Redis(url, {
    ...BOTH,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    commandTimeout: RING_TIMEOUT_MS,
    socketTimeout: 4 * RING_TIMEOUT_MS,
  });
  client.on('error', onError);
  return client;
}

/**
 * What BullMQ makes a worker's two connections of: they wait, however long. No `commandTimeout`, which would break
 * the blocking read (bullmq#2619); a half-open socket is found by its silence instead.
 */
export function workerConnection(url: string) {
  return { ...BOTH, url, maxRetriesPerRequest: null, socketTimeout: WORKER_TIMEOUT_MS };
}

/**
 * The connection signals are heard on: it waits, however long, and subscribes again after every reconnect. It has no
 * `commandTimeout`; an answer that does not come ends the socket, not the command.
 */
export function openSubscriber(url: string, onError: (error: Error) => void): Redis {
  const client = new Redis(url, { ...BOTH, maxRetriesPerRequest: null, socketTimeout: SIGNAL_PING_TIMEOUT_MS });
  client.on('error', onError);
  return client;
}

/** Resolves when the client can be written to; rejects at once when it never will be. */
export function whenReady(client: Redis): Promise<void> {
  if (client.status === 'ready') return Promise.resolve();
  return new Promise((resolve, reject) => {
    const ready = () => settle(resolve);
    const end = () => settle(() => reject(new Error('the connection to Redis is closed')));
    function settle(how: () => void) {
      client.off('ready', ready);
      client.off('end', end);
      how();
    }
    client.on('ready', ready);
    client.on('end', end);
  });
}
