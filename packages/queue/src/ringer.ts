import { type Bell, RING_TIMEOUT_MS, RINGS_PENDING_MAX } from '@flotilla/core';
import type { Backend, QueueHandle } from './backend.ts';
import { type BellJob, type Channel, queueNameOf, toBellJob } from './bell-job.ts';
import { createCircuit } from './circuit.ts';
import type { ErrorReport } from './error-throttle.ts';
import { CIRCUIT_FAILURES, CIRCUIT_OPEN_MS } from './settings.ts';
import { within } from './within.ts';

/** Jobs of one queue that go in one round trip. */
const BULK_MAX = 500;

export type Ringer = {
  ring(bell: Bell): Promise<boolean>;
  ringAll(bells: readonly Bell[]): Promise<number>;
  holds(bell: Bell): Promise<boolean>;
  depth(channel: Channel): Promise<number>;
  isPaused(channel: Channel): Promise<boolean>;
  close(): Promise<void>;
};

/**
 * The producer's side: rings are bounded in time and number, and none of them rejects. A mission's row is committed
 * before its bell is rung, so a bell that cannot be rung costs one period of the sweep and nothing else.
 */
export function createRinger(backend: Pick<Backend, 'openQueue'>, report: ErrorReport): Ringer {
  const queues = new Map<string, Promise<QueueHandle>>();
  const pending = new Set<Promise<unknown>>();
  const now = () => performance.now();
  const circuit = createCircuit({ failuresToOpen: CIRCUIT_FAILURES, openForMs: CIRCUIT_OPEN_MS, now });
  let isClosed = false;

  function queueOf(name: string): Promise<QueueHandle> {
    const known = queues.get(name);
    if (known) return known;
    const opening = backend.openQueue(name);
    queues.set(name, opening);
    opening.catch(() => queues.delete(name));
    return opening;
  }

  /** Whether `work` was done in time. It counts as pending until it settles, however long after its caller left. */
  async function attempt(work: () => Promise<void>): Promise<boolean> {
    if (isClosed || pending.size >= RINGS_PENDING_MAX || !circuit.allows()) return false;
    const working = work();
    pending.add(working);
    working.catch(() => undefined).finally(() => pending.delete(working));
    try {
      await within(working, RING_TIMEOUT_MS, 'ringing');
      circuit.succeeded();
      return true;
    } catch (error) {
      circuit.failed();
      report(error, 'ring');
      return false;
    }
  }

  /** Asks a queue something, in bounded time. */
  async function ask<T>(name: string, question: (queue: QueueHandle) => Promise<T>): Promise<T> {
    return within(queueOf(name).then(question), 2 * RING_TIMEOUT_MS, `asking ${name}`);
  }

  return {
    ring: (bell) => attempt(async () => (await queueOf(queueNameOf(bell))).add(toBellJob(bell))),
    async ringAll(bells) {
      let rung = 0;
      for (const { name, jobs } of inBulks(bells)) {
        if (await attempt(async () => (await queueOf(name)).addBulk(jobs))) rung += jobs.length;
      }
      return rung;
    },
    holds: (bell) => ask(queueNameOf(bell), (queue) => queue.holds(toBellJob(bell).opts.jobId)),
    depth: (channel) => ask(queueNameOf(channel), (queue) => queue.depth()),
    isPaused: (channel) => ask(queueNameOf(channel), (queue) => queue.isPaused()),
    async close() {
      isClosed = true;
      await within(Promise.allSettled(pending), RING_TIMEOUT_MS, 'the last rings').catch(() => undefined);
      await Promise.allSettled([...queues.values()].map(async (opening) => (await opening).close()));
    },
  };
}

function inBulks(bells: readonly Bell[]): { name: string; jobs: BellJob[] }[] {
  const byQueue = Map.groupBy(bells, queueNameOf);
  return [...byQueue].flatMap(([name, some]) => {
    const bulks: { name: string; jobs: BellJob[] }[] = [];
    for (let from = 0; from < some.length; from += BULK_MAX) {
      bulks.push({ name, jobs: some.slice(from, from + BULK_MAX).map(toBellJob) });
    }
    return bulks;
  });
}
