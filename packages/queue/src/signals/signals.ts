import type { ErrorReport } from '../error-throttle.ts';
import type { SignalChannel, SignalListener, SignalSender } from './channel.ts';
import { type ParseSignal, readMessage } from './messages.ts';
import { createOutbox } from './outbox.ts';

/**
 * Signals between processes: heard by every process that subscribed, the sender's own included. They never carry the
 * truth, since any of them may be lost: a reader that misses one finds the same in Postgres, a little later.
 */
export type Signals<Signal> = {
  /** Sends with whatever else is sent within 20 ms. Never throws, never waits, keeps nothing for a server that is gone. */
  send(signal: Signal): void;
  /** Calls the handler for every signal from now on; the function it returns ends that. */
  subscribe(handler: (signal: Signal) => void): () => void;
  /** Sends what is still there, and lets go of the connections; bounded. The queue's own `close` does it too. */
  close(): Promise<void>;
};

/** The door of one process to one channel. Its two connections are opened when they are first needed: to send, and to listen. */
export function createSignals<Signal extends object>(
  channel: SignalChannel,
  parse: ParseSignal<Signal>,
  report: ErrorReport,
): Signals<Signal> {
  const handlers = new Set<(signal: Signal) => void>();
  let sender: SignalSender | undefined;
  let listener: SignalListener | undefined;
  let isClosed = false;

  const outbox = createOutbox({
    publish(message) {
      sender ??= channel.openSender();
      return sender.publish(message);
    },
    maxBytes: channel.maxBytes,
    onError: (error) => report(error, 'signals'),
  });

  function hear(message: string): void {
    try {
      for (const signal of readMessage(parse, message)) for (const handle of handlers) handle(signal);
    } catch (error) {
      report(error, 'signals');
    }
  }

  return {
    send: outbox.send,
    subscribe(handler) {
      handlers.add(handler);
      if (!isClosed) listener ??= channel.openListener(hear);
      return () => void handlers.delete(handler);
    },
    async close() {
      isClosed = true;
      await outbox.close();
      await Promise.all([sender?.close(), listener?.close()]);
    },
  };
}
