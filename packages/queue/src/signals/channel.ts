/** Rejects in bounded time when the server does not take a message. */
export type SignalSender = { publish(message: string): Promise<void>; close(): Promise<void> };

/** Hears messages until it is closed, and again after every outage; what is sent meanwhile is lost. */
export type SignalListener = { close(): Promise<void> };

/** What is said apart: what everybody hears, and what only those hear who follow missions. */
export type Topic = 'signals' | 'broadcasts';

/** What differs between Redis and Postgres for signals; the same files stand behind it in `redis/` and `postgres/`. */
export type SignalChannel = {
  /** What one message may carry, in bytes of UTF-8. */
  maxBytes: number;
  openSender(): SignalSender;
  openListener(onMessage: (message: string) => void): SignalListener;
};
