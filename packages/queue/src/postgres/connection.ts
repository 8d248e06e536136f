import type { EventEmitter } from 'node:events';
import { withSessionOptions } from '@flotilla/core';
import { PostgresConnection, type PostgresPoolConfig } from 'bullmq';

export type PostgresOptions = {
  url: string;
  /** BullMQ's tables live in a schema of their own, beside the product's in one database. */
  schema: string;
  onError(error: Error): void;
};

/**
 * Bells and signals may be lost in a crash of the server, since the sweep and those who poll find the same in the
 * tables; the tables that bells lie in may not.
 */
export const LOSABLE = '-c synchronous_commit=off';
const DURABLE = '-c synchronous_commit=on';

/**
 * A small pool of the queue's own. Its sessions commit without waiting for the disk. `timeoutMs` bounds waiting for a
 * connection and every statement, also against a server that never answers.
 *
 * @throws Error for a URL that is none
 */
export function poolConfig(options: {
  url: string;
  schema: string;
  max: number;
  timeoutMs: number;
  isDurable?: boolean;
}) {
  return {
    ...withSessionOptions(options.url, options.isDurable ? DURABLE : LOSABLE),
    schema: options.schema,
    max: options.max,
    connectionTimeoutMillis: options.timeoutMs,
    query_timeout: options.timeoutMs,
    statement_timeout: options.timeoutMs,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    // Nobody listens to a connection that BullMQ has taken out to look at its tables: one that broke in that moment ended
    // the process. The statement in hand fails all the same, and says why.
    onConnect: (client: EventEmitter) => client.on('error', () => undefined),
  } satisfies PostgresPoolConfig;
}

/** A ready connection. BullMQ remembers a failed first connect for ever, so one that failed is thrown away. */
export async function openConnection(config: PostgresPoolConfig, onError: (error: Error) => void) {
  const connection = new PostgresConnection(config);
  connection.on('error', onError);
  try {
    await connection.waitUntilReady();
    return connection;
  } catch (error) {
    await connection.close().catch(() => undefined);
    throw error;
  }
}
