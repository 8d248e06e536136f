import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import {
  SIGNAL_PING_EVERY_MS,
  SIGNAL_PING_TIMEOUT_MS,
  SIGNAL_REOPEN_CAP_MS,
  SIGNAL_REOPEN_FIRST_MS,
} from '../../settings.ts';
import type { SignalListener } from '../channel.ts';
import { openSession, type Session } from './session.ts';

type Options = { url: string; channel: string; onError(error: unknown): void };

/** LISTENs on a direct connection of its own, which it makes anew whenever it is lost. */
export function createPostgresListener(
  { url, channel, onError }: Options,
  onMessage: (message: string) => void,
): SignalListener {
  const closed = new AbortController();
  const { signal } = closed;
  const aborted = new Promise<unknown>((resolve) => signal.addEventListener('abort', resolve));
  const wait = (ms: number) => sleep(ms, undefined, { signal }).catch(() => undefined);

  /** Until the connection is lost, or does not answer. A listener only ever waits, so it has to ask now and then. */
  async function stayOn({ client, lost }: Session): Promise<void> {
    let isOver = false;
    const over = Promise.race([lost, aborted]).then(() => (isOver = true));
    for (;;) {
      await Promise.race([over, wait(SIGNAL_PING_EVERY_MS)]);
      if (isOver) return;
      await Promise.race([over, client.query('SELECT 1')]);
    }
  }

  async function listen(onListening: () => void): Promise<void> {
    const session = await openSession({ url, timeoutMs: SIGNAL_PING_TIMEOUT_MS, signal });
    try {
      session.client.on('notification', ({ payload }) => onMessage(payload ?? ''));
      await session.client.query(`LISTEN ${pg.escapeIdentifier(channel)}`);
      onListening();
      await stayOn(session);
      await session.close();
    } finally {
      session.cut();
    }
  }

  async function keepListening(): Promise<void> {
    let waitMs = SIGNAL_REOPEN_FIRST_MS;
    while (!signal.aborted) {
      try {
        await listen(() => (waitMs = SIGNAL_REOPEN_FIRST_MS));
      } catch (error) {
        if (!signal.aborted) onError(error);
      }
      await wait(waitMs);
      waitMs = Math.min(2 * waitMs, SIGNAL_REOPEN_CAP_MS);
    }
  }

  const listening = keepListening();
  return {
    async close() {
      closed.abort();
      await listening;
    },
  };
}
