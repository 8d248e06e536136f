import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Stage } from '../autoscale/stage.ts';
import { type Child, startChild } from '../bench/child.ts';

const WORKER = join(import.meta.dirname, '../../apps/worker/src/main.ts');
const READY_WITHIN_MS = 120_000;

export type StartedWorkers = AsyncDisposable & {
  /** Their operators' ports. */
  opsUrls: readonly string[];
};

/** Worker processes beside a stage's API, until they are disposed of. */
export async function startWorkers(stage: Pick<Stage, 'workerEnv'>, count: number): Promise<StartedWorkers> {
  const children = new AsyncDisposableStack();
  const options = { args: [WORKER], env: stage.workerEnv, readyLine: /worker ready/, readyWithinMs: READY_WITHIN_MS };
  const started: Child[] = [];
  while (started.length < count) started.push(children.use(await startChild(options)));
  return {
    opsUrls: started.map((child) => /ops listening on (http:\/\/[\d.:]+)/.exec(child.output())?.[1] ?? ''),
    [Symbol.asyncDispose]: () => children.disposeAsync(),
  };
}

/** Until no mission of the whole database is left to run. */
export async function untilDone({ query }: Pick<Stage, 'query'>): Promise<void> {
  for (;;) {
    const [row] = await query<{ left: number }>('SELECT count(*)::int AS left FROM missions WHERE finished_at IS NULL');
    if ((row?.left ?? 0) === 0) return;
    await sleep(500);
  }
}

/** Missions a second, from the first of `count` that are posted at once to the end of the last. */
export async function measureCapacity(
  stage: Pick<Stage, 'query' | 'post' | 'keys'>,
  { count, modelOptions }: { count: number; modelOptions: { steps: number; latencyMs: number } },
): Promise<number> {
  const from = Date.now();
  await stage.post({ accountKey: stage.keys.large, count, modelOptions });
  await untilDone(stage);
  return count / ((Date.now() - from) / 1_000);
}
