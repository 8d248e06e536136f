import { setTimeout as sleep } from 'node:timers/promises';
import { type Control, startControl } from './control.ts';
import { type MissionCosts, startCosts } from './costs.ts';
import type { HpaSpec } from './hpa.ts';
import type { Mark, Sample } from './picture.ts';
import type { Post, Stage } from './stage.ts';
import { judge, type Verdict } from './verdict.ts';
import { createWorkers, type Worked } from './workers.ts';

/** How a backlog comes to be counted, and a worker to be ready, on the way from a burst to the last of its workers. */
const RAMP_SECONDS = 40;
/** The backlog is counted every 5 s. */
const COUNTED_WITHIN_MS = 30_000;

export type Course = {
  spec: HpaSpec;
  /** The controller's clock runs so many times as fast. */
  timeScale: number;
  slots: number;
  /** `forMs`: how long the account with a limit of one has the fleet to itself, once it is counted. */
  single: { count: number; latencyMs: number; forMs: number };
  burst: { count: number; steps: number; latencyMs: number };
  patienceMs: number;
};

export type Played = {
  verdict: Verdict;
  samples: readonly Sample[];
  marks: readonly Mark[];
  workers: readonly Worked[];
  costOfOne: MissionCosts;
};

/**
 * First an account with a limit of one and its many missions, then a burst of another account's, until all have run and
 * the fleet is back to its minimum.
 */
export async function playCourse(
  stage: Stage,
  { spec, timeScale, slots, single, burst, patienceMs }: Course,
  log: (line: string) => void,
): Promise<Played> {
  await using workers = createWorkers(stage.workerEnv);
  const control = startControl({ stage, workers, spec, timeScale });
  const marks: Mark[] = [];
  const mark = (text: string) => {
    marks.push({ atSeconds: control.secondsSoFar(), text });
    log(`${String(Math.round(control.secondsSoFar())).padStart(4)} s  ${text}`);
  };
  await control.until('the first worker', ({ ready }) => ready >= 1, patienceMs);

  mark(`${single.count} missions of an account with a limit of one`);
  await postAll(stage, {
    accountKey: stage.keys.single,
    count: single.count,
    modelOptions: { steps: 0, latencyMs: single.latencyMs },
  });
  const isCounted = ({ runnable, running }: Sample) => runnable + running > 0;
  await control.until('the limited account', isCounted, COUNTED_WITHIN_MS).catch(() => undefined);
  const countedFrom = control.samples.length - 1;
  await sleep(single.forMs);
  const burstFrom = control.samples.length;
  const costs = await startCosts(stage);

  mark(`${burst.count} missions at once`);
  const { steps, latencyMs } = burst;
  await postAll(stage, { accountKey: stage.keys.large, count: burst.count, modelOptions: { steps, latencyMs } });
  const isOver = await untilEnded(stage, patienceMs);
  mark(isOver ? 'all of them have run' : 'they have NOT all run');
  const before = control.samples.slice(0, burstFrom);
  const during = control.samples.slice(burstFrom);
  const costOfOne = await costs.perMission(burst.count);
  await settle(control, { workers, spec, patienceMs });
  mark('back to the minimum');
  await control.stop();

  const calls = steps + 1;
  const verdict = await judge(stage, {
    workers: workers.worked(),
    burst: {
      count: burst.count,
      calls,
      maxReplicas: spec.maxReplicas,
      mostReplicas: Math.max(...during.map(({ replicas }) => replicas)),
      mostDesired: Math.max(...during.map(({ desired }) => desired ?? 0)),
    },
    single: {
      count: single.count,
      desired: before.slice(countedFrom).map(({ desired }) => desired),
      mostReplicas: Math.max(...before.map(({ replicas }) => replicas)),
    },
    idealSeconds: (burst.count * calls * latencyMs) / 1_000 / (spec.maxReplicas * slots),
    rampSeconds: RAMP_SECONDS,
    oldestSeconds: Math.max(...control.samples.map(({ oldestSeconds }) => oldestSeconds)),
    backToMinimum: workers.replicas() === spec.minReplicas,
  });
  return { verdict, samples: control.samples, marks, workers: workers.worked(), costOfOne };
}

/** @throws Error when one is refused: what follows would say nothing of so many */
async function postAll(stage: Pick<Stage, 'post'>, post: Post): Promise<void> {
  const { refused, refusals } = await stage.post(post);
  if (refused > 0) throw new Error(`${refused} missions were refused: ${[...refusals.keys()].join(', ')}`);
}

async function untilEnded(stage: Pick<Stage, 'query'>, withinMs: number): Promise<boolean> {
  const end = Date.now() + withinMs;
  while (Date.now() < end) {
    const [row] = await stage.query<{ left: number }>(
      `SELECT count(*)::int AS left FROM missions m JOIN accounts a ON a.id = m.account_id
       WHERE a.name = 'large' AND m.finished_at IS NULL`,
    );
    if (row?.left === 0) return true;
    await sleep(500);
  }
  return false;
}

/** Until nobody is left but the minimum, and nothing to run. Where that does not come to be, the verdict says so. */
async function settle(
  control: Control,
  { workers, spec, patienceMs }: { workers: ReturnType<typeof createWorkers>; spec: HpaSpec; patienceMs: number },
): Promise<void> {
  const isOver = ({ replicas, runnable, running }: Sample) => replicas === spec.minReplicas && runnable + running === 0;
  await control.until('the minimum', isOver, patienceMs).catch(() => undefined);
  await workers.settled();
}
