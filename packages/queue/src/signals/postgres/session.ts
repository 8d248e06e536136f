import { Socket } from 'node:net';
import { withSessionOptions } from '@flotilla/core';
import pg from 'pg';
import { LOSABLE } from '../../postgres/connection.ts';
import { CLOSE_TIMEOUT_MS } from '../../settings.ts';
import { within } from '../../within.ts';

export type Session = {
  client: pg.Client;
  /** Resolves when the connection is gone, however it went. */
  lost: Promise<void>;
  /** Ends it in an orderly way if the server still answers; bounded. */
  close(): Promise<void>;
  /** For a server that does not answer. */
  cut(): void;
};

type Options = {
  url: string;
  /** Bounds connecting, and every statement. */
  timeoutMs: number;
  /** Calls connecting off. */
  signal: AbortSignal;
};

/**
 * Its commits do not wait for the disk. A NOTIFY would (it takes a transaction's number), and with it the lock that all
 * of the database's commits with a NOTIFY queue up for: BullMQ's of every bell among them.
 */
export function sessionConfig({ url, timeoutMs }: Pick<Options, 'url' | 'timeoutMs'>) {
  return {
    ...withSessionOptions(url, LOSABLE),
    application_name: 'flotilla-signals',
    connectionTimeoutMillis: timeoutMs,
    query_timeout: timeoutMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  } satisfies pg.ClientConfig;
}

/** One direct connection. @throws Error when it cannot be made, or was called off */
export async function openSession({ url, timeoutMs, signal }: Options): Promise<Session> {
  const socket = new Socket();
  const cut = () => void socket.destroy();
  const client = new pg.Client({ ...sessionConfig({ url, timeoutMs }), stream: () => socket });
  const lost = new Promise<void>((resolve) => client.once('end', resolve));
  // What ends a connection also fails the statement in hand; between statements there is nobody to tell.
  client.on('error', () => undefined);
  signal.addEventListener('abort', cut);
  try {
    signal.throwIfAborted();
    await client.connect();
  } catch (error) {
    cut();
    throw error;
  } finally {
    signal.removeEventListener('abort', cut);
  }
  return {
    client,
    lost,
    async close() {
      await within(client.end(), CLOSE_TIMEOUT_MS, 'ending a session').catch(() => undefined);
      cut();
    },
    cut,
  };
}
