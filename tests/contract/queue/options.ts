import type { QueueConfig } from '@flotilla/queue';
import type { Place } from './bench.ts';

/** A server that one test has for itself, so that it can be killed. Always under the same URL. */
export type PrivateServer = {
  url: string;
  /** SIGKILL, and gone when this resolves. */
  kill(): Promise<void>;
  start(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
};

export type QueueContractOptions = {
  kind: QueueConfig['backend']['kind'];
  /** A namespace of its own on the run's server. */
  openPlace(): Promise<Place & AsyncDisposable>;
  openPrivateServer(): Promise<PrivateServer>;
};
