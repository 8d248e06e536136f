import { setTimeout as sleep } from 'node:timers/promises';
import { SIGNAL_EVERY_MS, SIGNAL_REST_MS, SIGNALS_PENDING_MAX } from '../settings.ts';
import { takeMessage } from './messages.ts';

/**
 * What is to be sent, gathered into messages. The first after a quiet time goes at once; after it at most one every
 * 20 ms, whatever the number of signals: on Postgres every NOTIFY takes a lock that all of the database's commits with
 * a NOTIFY queue up for. After a failure nothing is sent for a second, and what came for it is dropped.
 */
export function createOutbox(options: {
  publish(message: string): Promise<void>;
  maxBytes: number;
  onError(error: unknown): void;
}) {
  /** As JSON: the same said twice is said once. */
  const pending = new Set<string>();
  const closed = new AbortController();
  let sending: Promise<void> | undefined;
  let restUntil = 0;
  let dropped = 0;

  async function sendAll(): Promise<void> {
    // Signals of one turn of the event loop belong to one message.
    await Promise.resolve();
    for (let message = takeNext(); message !== undefined; message = takeNext()) {
      if (dropped > 0) options.onError(new Error(`${dropped} signals too many were dropped`));
      dropped = 0;
      try {
        await options.publish(message);
      } catch (error) {
        pending.clear();
        restUntil = performance.now() + SIGNAL_REST_MS;
        if (!closed.signal.aborted) options.onError(error);
      }
      await sleep(SIGNAL_EVERY_MS, undefined, { signal: closed.signal }).catch(() => undefined);
    }
    sending = undefined;
  }

  const takeNext = () => takeMessage(pending, options.maxBytes);

  return {
    send(signal: object): void {
      if (closed.signal.aborted || performance.now() < restUntil) return;
      if (pending.size < SIGNALS_PENDING_MAX) pending.add(JSON.stringify(signal));
      else dropped += 1;
      sending ??= sendAll();
    },
    /** Sends what is there. Bounded, since every message is. */
    async close(): Promise<void> {
      closed.abort();
      await sending;
    },
  };
}
