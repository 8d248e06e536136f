import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Child, startChild } from '../bench/child.ts';
import { type Scrape, scrape } from '../integration/ops/scrape.ts';
import { opsUrlOf } from './stage.ts';

const WORKER = join(import.meta.dirname, '../../apps/worker/src/main.ts');
const READY_WITHIN_MS = 120_000;
const LOOK_EVERY_MS = 250;

/** What one worker has done by the last time somebody looked, and when. Times in milliseconds since `decidedAt`. */
export type Worked = {
  decidedAt: number;
  readyAfterMs: number | null;
  /** When its first claim was seen, at most a look late. */
  firstMissionAfterMs: number | null;
  claimed: number;
  /** Resident memory: when it was ready, and the most that was seen. */
  readyBytes: number | null;
  mostBytes: number;
  /** Model calls that were begun and did not end with a reply. */
  callsLost: number;
  /** From SIGTERM to its end, and how that was. */
  leftAfterMs: number | null;
  graceExceeded: boolean;
};

/** The worker processes of a deployment: started at once, stopped with SIGTERM, whichever was started last, first. */
export type Workers = AsyncDisposable & {
  /** As Kubernetes counts them: wanted, whether ready or not. */
  replicas(): number;
  ready(): number;
  scaleTo(replicas: number): void;
  worked(): readonly Worked[];
  /** Until those that are going have gone. */
  settled(): Promise<void>;
};

type Pod = { worked: Worked; child: Promise<Child>; isGoing: boolean };

export function createWorkers(env: NodeJS.ProcessEnv): Workers {
  const pods: Pod[] = [];
  const going = new Set<Promise<void>>();

  async function watch(pod: Pod): Promise<void> {
    const { worked } = pod;
    const child = await pod.child;
    worked.readyAfterMs = Date.now() - worked.decidedAt;
    const url = opsUrlOf(child);
    // Until its port is gone: a drain is watched to its end.
    for (let misses = 0; misses < 4; ) {
      const of = await scrape(url).catch(() => null);
      misses = of === null ? misses + 1 : 0;
      if (of !== null) note(worked, of);
      await sleep(LOOK_EVERY_MS);
    }
  }

  function start(): void {
    const decidedAt = Date.now();
    const child = startChild({ args: [WORKER], env, readyLine: /worker ready/, readyWithinMs: READY_WITHIN_MS });
    const worked: Worked = {
      decidedAt,
      readyAfterMs: null,
      firstMissionAfterMs: null,
      claimed: 0,
      readyBytes: null,
      mostBytes: 0,
      callsLost: 0,
      leftAfterMs: null,
      graceExceeded: false,
    };
    const pod: Pod = { worked, child, isGoing: false };
    pods.push(pod);
    watch(pod).catch(() => undefined);
  }

  async function stop(pod: Pod): Promise<void> {
    pod.isGoing = true;
    const child = await pod.child;
    const at = Date.now();
    await child.stop();
    pod.worked.leftAfterMs = Date.now() - at;
    pod.worked.graceExceeded = /drain grace is over/.test(child.output());
  }

  const staying = () => pods.filter((pod) => !pod.isGoing);
  return {
    replicas: () => staying().length,
    ready: () => staying().filter(({ worked }) => worked.readyAfterMs !== null).length,
    scaleTo(replicas) {
      while (staying().length < replicas) start();
      for (const pod of staying().slice(replicas)) {
        const left: Promise<void> = stop(pod).finally(() => going.delete(left));
        going.add(left);
      }
    },
    worked: () => pods.map(({ worked }) => worked),
    settled: async () => void (await Promise.all(going)),
    async [Symbol.asyncDispose]() {
      await Promise.all(pods.map(async ({ child }) => (await child)[Symbol.asyncDispose]()));
    },
  };
}

function note(worked: Worked, of: Scrape): void {
  const bytes = of('process_resident_memory_bytes');
  worked.readyBytes ??= bytes;
  worked.mostBytes = Math.max(worked.mostBytes, bytes);
  worked.claimed = of('flotilla_missions_claimed_total');
  const calls = of('flotilla_model_call_duration_seconds_count');
  worked.callsLost = calls - of('flotilla_model_call_duration_seconds_count', { outcome: 'ok' });
  if (worked.claimed > 0) worked.firstMissionAfterMs ??= Date.now() - worked.decidedAt;
}
