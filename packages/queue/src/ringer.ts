import { setImmediate } from 'node:timers/promises';
import { type Bell, RING_TIMEOUT_MS, RINGS_PENDING_MAX } from '@flotilla/core';
import type { Backend, QueueCounts, QueueHandle } from './backend.ts';
import { type BellJob, type Channel, queueNameOf, toBellJob } from './bell-job.ts';
import { createCircuit } from './circuit.ts';
import type { ErrorReport } from './error-throttle.ts';
import { CIRCUIT_FAILURES, CIRCUIT_OPEN_MS } from './settings.ts';
import { within } from './within.ts';

/** Jobs of one queue that go in one round trip. */
const BULK_MAX = 500;

/** What became of bells: rung, or not as far as can be told, which leaves them to the sweep. */
export type RungBells = { bells: number; outcome: 'rung' | 'lost' };

export type Ringer = {
  ring(bell: Bell): Promise<boolean>;
  ringAll(bells: readonly Bell[]): Promise<number>;
  holds(bell: Bell): Promise<boolean>;
  depth(channel: Channel): Promise<number>;
  counts(channel: Channel): Promise<QueueCounts>;
  isPaused(channel: Channel): Promise<boolean>;
  bullOf(channel: Channel): Promise<unknown>;
  close(): Promise<void>;
};

/**
 * The producer's side: rings are bounded in time and number, and none of them rejects. A mission's row is committed
 * before its bell is rung, so a bell that cannot be rung costs one period of the sweep and nothing else.
 */
export function createRinger(
  backend: Pick<Backend, 'openQueue'>,
  report: ErrorReport,
  onRung: (rung: RungBells) => void = () => undefined,
): Ringer {
  const queues = new Map<string, Promise<QueueHandle>>();
  const pending = new Set<Promise<unknown>>();
  const gathering = new Map<string, { jobs: BellJob[]; rung: Promise<boolean> }>();
  let pendingBells = 0;
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

  async function addAll(name: string, jobs: BellJob[]): Promise<boolean> {
    if (isClosed) return false;
    const isRung = await addInTime(name, jobs);
    onRung({ bells: jobs.length, outcome: isRung ? 'rung' : 'lost' });
    return isRung;
  }

  /** Whether the jobs were added in time. They count as pending until that settles, however long after the caller left. */
  async function addInTime(name: string, jobs: BellJob[]): Promise<boolean> {
    if (pendingBells >= RINGS_PENDING_MAX || !circuit.allows()) return false;
    const working = queueOf(name).then((queue) => queue.addBulk(jobs));
    pending.add(working);
    pendingBells += jobs.length;
    working
      .catch(() => undefined)
      .finally(() => {
        pending.delete(working);
        pendingBells -= jobs.length;
      });
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

  /**
   * Bells rung in one turn of the event loop go in one round trip. They come in bursts by nature: missions that were
   * committed together are answered, and rung, together.
   */
  function gather(name: string, job: BellJob): Promise<boolean> {
    const open = gathering.get(name);
    if (open && open.jobs.length < BULK_MAX) {
      open.jobs.push(job);
      return open.rung;
    }
    const jobs = [job];
    const rung = setImmediate().then(() => {
      if (gathering.get(name)?.jobs === jobs) gathering.delete(name);
      return addAll(name, jobs);
    });
    gathering.set(name, { jobs, rung });
    return rung;
  }

  /** Asks a queue something, in bounded time. */
  async function ask<T>(name: string, question: (queue: QueueHandle) => Promise<T>): Promise<T> {
    return within(queueOf(name).then(question), 2 * RING_TIMEOUT_MS, `asking ${name}`);
  }

  return {
    async ring(bell) {
      return isClosed ? false : gather(queueNameOf(bell), toBellJob(bell));
    },
    async ringAll(bells) {
      let rung = 0;
      for (const { name, jobs } of inBulks(bells)) {
        if (await addAll(name, jobs)) rung += jobs.length;
      }
      return rung;
    },
    holds: (bell) => ask(queueNameOf(bell), (queue) => queue.holds(toBellJob(bell).opts.jobId)),
    depth: (channel) => ask(queueNameOf(channel), (queue) => queue.depth()),
    counts: (channel) => ask(queueNameOf(channel), (queue) => queue.counts()),
    isPaused: (channel) => ask(queueNameOf(channel), (queue) => queue.isPaused()),
    bullOf: (channel) => ask(queueNameOf(channel), async (queue) => queue.bull),
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
