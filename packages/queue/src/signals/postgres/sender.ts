import { RING_TIMEOUT_MS } from '@flotilla/core';
import type { SignalSender } from '../channel.ts';
import { openSession, type Session } from './session.ts';

/**
 * The one notifier of a process, on a direct connection of its own: NOTIFY takes a database-wide lock at commit, so it
 * never rides in a transaction that does anything else. A connection that failed is made anew for the next message.
 */
export function createPostgresSender({ url, channel }: { url: string; channel: string }): SignalSender {
  const closed = new AbortController();
  let session: Promise<Session> | undefined;

  function connect(): Promise<Session> {
    if (session) return session;
    const opening = openSession({ url, timeoutMs: RING_TIMEOUT_MS, signal: closed.signal });
    const forget = () => {
      if (session === opening) session = undefined;
    };
    session = opening;
    opening.then(({ lost }) => lost.then(forget), forget);
    return opening;
  }

  return {
    async publish(message) {
      const { client, cut } = await connect();
      try {
        await client.query('SELECT pg_notify($1, $2)', [channel, message]);
      } catch (error) {
        cut();
        throw error;
      }
    },
    async close() {
      closed.abort();
      await session?.then(({ close }) => close()).catch(() => undefined);
    },
  };
}
