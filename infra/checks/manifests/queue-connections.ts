import { z } from 'zod';
import { readConstant } from './read-constant.ts';

/** What the queue of one process may hold of Postgres, where it is there. `tests/contract/queue` counts what it does. */
type QueueConnections = {
  /** To ring on, and for signals. */
  ofProcess: number;
  /** More for each queue that it consumes. */
  ofConsumer: number;
};

/** Of each channel of signals: one that notifies and one that listens. */
const OF_CHANNEL = 2;
/** BullMQ's own, beside the pool of each of its workers. */
const LISTENER = 1;

const QUEUE = 'packages/queue/src';

/** What a configuration says of it: a worker names its pools, each with a queue, and consumes webhooks beside them. */
const config = z.object({
  queue: z.object({ backend: z.object({ kind: z.enum(['redis', 'postgres']) }) }),
  pools: z.array(z.string()).optional(),
});

/**
 * @param textOf of a file of the repository
 * @throws {Error} when it is not said there any more
 */
export function readQueueConnections(textOf: (path: string) => string): QueueConnections {
  const backend = textOf(`${QUEUE}/postgres/backend.ts`);
  const channels = [...textOf(`${QUEUE}/queue.ts`).matchAll(/\.openChannel\(/g)].length;
  if (channels === 0) throw new Error('No channel of signals is opened any more: teach this check to count them.');
  return {
    ofProcess: readConstant('PRODUCER_CONNECTIONS', backend) + channels * OF_CHANNEL,
    ofConsumer: readConstant('WORKER_CONNECTIONS', backend) + LISTENER,
  };
}

/** Connections to Postgres of the queue of one process, which go past any pooler; 0 for a queue that is not there. */
export function queueConnections(read: unknown, { ofProcess, ofConsumer }: QueueConnections): number {
  const { success, data } = config.safeParse(read);
  if (!success || data.queue.backend.kind === 'redis') return 0;
  return ofProcess + (data.pools === undefined ? 0 : data.pools.length + 1) * ofConsumer;
}
