import { setTimeout as sleep } from 'node:timers/promises';
import { type Scrape, scrape } from '../integration/ops/scrape.ts';
import { createHpa, type HpaSpec } from './hpa.ts';
import type { Sample } from './picture.ts';
import type { Stage } from './stage.ts';
import type { Workers } from './workers.ts';

/** Kubernetes looks this often (`--horizontal-pod-autoscaler-sync-period`). */
const SYNC_EVERY_SECONDS = 15;
const SAMPLE_EVERY_MS = 1_000;
const POOL = { pool: 'default' };
const DESIRED = 'flotilla_pool_desired_workers';

/** `null`: it is not there. A metric that is missing is no fleet without work. */
const desiredBy = (of: Scrape) => (of.has(DESIRED, POOL) ? of(DESIRED, POOL) : null);

export type Control = {
  samples: readonly Sample[];
  secondsSoFar(): number;
  /** Until `isSo` of the newest sample. @throws Error after `withinMs` */
  until(what: string, isSo: (sample: Sample) => boolean, withinMs: number): Promise<Sample>;
  stop(): Promise<void>;
};

/**
 * Runs the controller over what the API exposes, `timeScale` times as fast as Kubernetes does, and keeps what it saw every
 * second. It knows of the fleet what an adapter would tell it: one metric.
 */
export function startControl(options: {
  stage: Pick<Stage, 'opsUrl' | 'query'>;
  workers: Workers;
  spec: HpaSpec;
  timeScale: number;
}): Control {
  const { stage, workers, spec, timeScale } = options;
  const hpa = createHpa(spec);
  const startedAt = Date.now();
  const samples: Sample[] = [];
  const stopped = new AbortController();
  const secondsSoFar = () => (Date.now() - startedAt) / 1_000;

  async function look(): Promise<Sample> {
    const of = await scrape(stage.opsUrl).catch(() => null);
    const before = samples.at(-1);
    const [age] = await stage.query<{ seconds: number }>(
      `SELECT COALESCE(max(extract(epoch FROM now() - m.run_after)), 0)::float8 AS seconds
       FROM missions m JOIN accounts a ON a.id = m.account_id WHERE m.status = 'queued' AND a.name = 'large'`,
    );
    return {
      atSeconds: secondsSoFar(),
      runnable: of?.('flotilla_pool_runnable_missions', POOL) ?? before?.runnable ?? 0,
      running: of?.('flotilla_pool_running_missions', POOL) ?? before?.running ?? 0,
      oldestSeconds: age?.seconds ?? 0,
      desired: of === null ? null : desiredBy(of),
      replicas: workers.replicas(),
      ready: workers.ready(),
    };
  }

  async function sampling(): Promise<void> {
    while (!stopped.signal.aborted) {
      samples.push(await look());
      await sleep(SAMPLE_EVERY_MS, undefined, { signal: stopped.signal }).catch(() => undefined);
    }
  }

  async function controlling(): Promise<void> {
    while (!stopped.signal.aborted) {
      const metric = await scrape(stage.opsUrl).then(desiredBy, () => null);
      const current = workers.replicas();
      workers.scaleTo(hpa.decide({ atSeconds: secondsSoFar() * timeScale, current, metric }));
      const pause = (SYNC_EVERY_SECONDS * 1_000) / timeScale;
      await sleep(pause, undefined, { signal: stopped.signal }).catch(() => undefined);
    }
  }

  workers.scaleTo(spec.minReplicas);
  const running = Promise.all([sampling(), controlling()]);
  return {
    samples,
    secondsSoFar,
    async until(what, isSo, withinMs) {
      const end = Date.now() + withinMs;
      for (;;) {
        const newest = samples.at(-1);
        if (newest && isSo(newest)) return newest;
        if (Date.now() > end) throw new Error(`waited ${withinMs / 1_000} s in vain for ${what}`);
        await sleep(SAMPLE_EVERY_MS / 2);
      }
    },
    async stop() {
      stopped.abort();
      await running;
    },
  };
}
