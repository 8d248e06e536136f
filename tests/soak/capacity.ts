import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { opsUrlOf, type Stage } from '../autoscale/stage.ts';
import { type Child, startChild } from '../bench/child.ts';

const WORKER = join(import.meta.dirname, '../../apps/worker/src/main.ts');
const READY_WITHIN_MS = 120_000;
const LOOK_EVERY_MS = 500;
/** Runs by which processes have compiled what they run, and tables are no longer empty. */
const WARM_MISSIONS = 2_000;
/** Missions left to run while the capacity is measured: a queue that never runs dry. */
const DEPTH = 1_000;
const ROUNDS = 2;
const WARM_WITHIN_MS = 300_000;

export type StartedWorker = { child: Child; opsUrl: string };
export type StartedWorkers = AsyncDisposable & { all: readonly StartedWorker[] };
type Work = { steps: number; latencyMs: number };

/** Worker processes beside a stage's API, until they are disposed of. */
export async function startWorkers(stage: Pick<Stage, 'workerEnv'>, count: number): Promise<StartedWorkers> {
  const children = new AsyncDisposableStack();
  const options = { args: [WORKER], env: stage.workerEnv, readyLine: /worker ready/, readyWithinMs: READY_WITHIN_MS };
  const all: StartedWorker[] = [];
  while (all.length < count) {
    const child = children.use(await startChild(options));
    all.push({ child, opsUrl: opsUrlOf(child) });
  }
  return { all, [Symbol.asyncDispose]: () => children.disposeAsync() };
}

/** Missions of the whole database: how many there are, have ended, have completed, and are left to run. */
export type MissionCounts = { missions: number; ended: number; completed: number; left: number };

export async function countMissions({ query }: Pick<Stage, 'query'>): Promise<MissionCounts> {
  const [row] = await query<MissionCounts>(
    `SELECT count(*)::int AS missions, count(finished_at)::int AS ended,
            count(*) FILTER (WHERE status = 'completed')::int AS completed,
            (count(*) - count(finished_at))::int AS left
     FROM missions`,
  );
  if (!row) throw new Error('a count gave no row');
  return row;
}

/** Until no mission is left to run. @returns whether that came to be within the time */
export async function untilDone(stage: Pick<Stage, 'query'>, { withinMs }: { withinMs: number }): Promise<boolean> {
  const end = Date.now() + withinMs;
  while ((await countMissions(stage)).left > 0) {
    if (Date.now() > end) return false;
    await sleep(LOOK_EVERY_MS);
  }
  return true;
}

/**
 * Missions a second that are posted and run through, once all is warm: the lower of two rounds of so many seconds, since
 * on a machine with neighbours the better one may have had it to itself. They are kept coming while that is measured.
 * @throws Error when nothing runs
 */
export async function measureCapacity(
  stage: Pick<Stage, 'query' | 'post' | 'keys'>,
  { seconds, modelOptions }: { seconds: number; modelOptions: Work },
): Promise<number> {
  await stage.post({ accountKey: stage.keys.large, count: WARM_MISSIONS, modelOptions });
  if (!(await untilDone(stage, { withinMs: WARM_WITHIN_MS }))) {
    throw new Error(`${WARM_MISSIONS} missions were not run in ${WARM_WITHIN_MS / 1_000} s`);
  }
  const rates: number[] = [];
  while (rates.length < ROUNDS) {
    rates.push(await measureRound(stage, { seconds, modelOptions }));
    await untilDone(stage, { withinMs: WARM_WITHIN_MS });
  }
  return Math.min(...rates);
}

async function measureRound(
  stage: Pick<Stage, 'query' | 'post' | 'keys'>,
  { seconds, modelOptions }: { seconds: number; modelOptions: Work },
): Promise<number> {
  async function fill(left: number): Promise<void> {
    const count = DEPTH - left;
    if (count > 0) await stage.post({ accountKey: stage.keys.large, count, modelOptions });
  }
  await fill(0);
  const startedAt = performance.now();
  const before = await countMissions(stage);
  let now = before;
  while (performance.now() - startedAt < seconds * 1_000) {
    await fill(now.left);
    await sleep(LOOK_EVERY_MS / 2);
    now = await countMissions(stage);
  }
  return (now.ended - before.ended) / ((performance.now() - startedAt) / 1_000);
}
