import type { Stage } from './stage.ts';
import type { Worked } from './workers.ts';

/** From decision to first mission, by the requirements. */
const FIRST_MISSION_WITHIN_MS = 30_000;

export type Verdict = { lines: string[]; isWell: boolean };

type Row = {
  missions: number;
  completed: number;
  handedOver: number;
  died: number;
  wrongSteps: number;
  seconds: number;
};

/** What was seen of the fleet. */
export type Sights = {
  workers: readonly Worked[];
  /** `calls`: that each of its missions makes. `most…`: while it ran. */
  burst: { count: number; calls: number; maxReplicas: number; mostReplicas: number; mostDesired: number };
  /** `desired`: what the metric said at each look once the account was counted and had the fleet to itself. */
  single: { count: number; mostReplicas: number; desired: readonly (number | null)[] };
  /** All slots of the maximum from the first moment; and what it takes until they are there. */
  idealSeconds: number;
  rampSeconds: number;
  oldestSeconds: number;
  backToMinimum: boolean;
};
/** What became of each load, by its rows. */
export type Loads = { large: Row; small: Row };

/** A fleet that follows its backlog may take so many times the ideal, beside the ramp. */
const MAY_TAKE_TIMES = 2;

/** What became of a load, as its rows and the workers' own figures tell. */
export async function judge(stage: Pick<Stage, 'query'>, sights: Sights): Promise<Verdict> {
  const large = await readLoad(stage, 'large', sights.burst.calls);
  const small = await readLoad(stage, 'single', 1);
  return judgeLoads({ large, small }, sights);
}

export function judgeLoads({ large, small }: Loads, sights: Sights): Verdict {
  const { workers, burst, single, idealSeconds, rampSeconds } = sights;
  const allowedSeconds = MAY_TAKE_TIMES * idealSeconds + rampSeconds;
  const desired = single.desired.filter((one) => one !== null);
  const lost = burst.count + single.count - large.completed - small.completed;
  const callsLost = workers.reduce((sum, one) => sum + one.callsLost, 0);
  const repeated = callsLost + large.wrongSteps + small.wrongSteps;
  const killed = large.died + small.died + workers.filter(({ graceExceeded }) => graceExceeded).length;
  const firsts = workers.flatMap(({ firstMissionAfterMs }) => firstMissionAfterMs ?? []);
  const readies = workers.flatMap(({ readyAfterMs }) => readyAfterMs ?? []);
  const leaves = workers.flatMap(({ leftAfterMs }) => leftAfterMs ?? []);
  const slowestFirst = Math.max(0, ...firsts);
  const checks: [boolean, string][] = [
    [
      burst.mostReplicas === burst.maxReplicas && burst.mostDesired >= burst.maxReplicas,
      `of ${burst.maxReplicas} workers in the burst: at most ${burst.mostDesired} desired, ${burst.mostReplicas} there`,
    ],
    [
      large.seconds > 0 && large.seconds <= allowedSeconds,
      `drained in ${large.seconds.toFixed(0)} s, ${allowedSeconds.toFixed(0)} allowed`,
    ],
    [lost === 0, `lost ${lost} of ${burst.count + single.count}`],
    [repeated === 0, `repeated ${repeated}: model calls without a reply ${callsLost}`],
    [
      killed === 0,
      `running missions killed ${killed}; handed over at a boundary ${large.handedOver + small.handedOver}`,
    ],
    [
      firsts.length >= burst.maxReplicas && slowestFirst < FIRST_MISSION_WITHIN_MS,
      `decision → first mission: ${spread(firsts)}; → ready: ${spread(readies)}`,
    ],
    [
      // Present at every other look at least, and then one: with a metric that is missing, nothing would scale either.
      desired.length * 2 >= single.desired.length && desired.length > 0 && desired.every((one) => one === 1),
      `one account with a limit of one and ${single.count} missions: ${[...new Set(desired)].join(', ') || 'nothing'} desired at ${desired.length} of ${single.desired.length} looks`,
    ],
    [single.mostReplicas === 1, `${single.mostReplicas} workers for it at most`],
    [
      sights.backToMinimum,
      `back to the minimum: ${sights.backToMinimum ? 'yes' : 'no'}; SIGTERM → gone: ${spread(leaves)}`,
    ],
  ];
  const share = Math.round((idealSeconds / large.seconds) * 100);
  return {
    lines: [
      `drained in ${large.seconds.toFixed(0)} s; all slots of the maximum from the first moment: ${idealSeconds.toFixed(0)} s (${share} %)`,
      `oldest of the burst while it waited: ${sights.oldestSeconds.toFixed(0)} s`,
      ...checks.map(([isWell, line]) => `${isWell ? 'ok ' : 'NOT'} ${line}`),
    ],
    isWell: checks.every(([isWell]) => isWell),
  };
}

async function readLoad(stage: Pick<Stage, 'query'>, account: string, calls: number): Promise<Row> {
  const [row] = await stage.query<Row>(
    `SELECT count(*)::int AS missions, count(*) FILTER (WHERE m.status = 'completed')::int AS completed,
            count(*) FILTER (WHERE m.attempt > 1)::int AS "handedOver",
            count(*) FILTER (WHERE m.worker_deaths > 0)::int AS died,
            count(*) FILTER (WHERE m.status = 'completed' AND m.step_count <> ${calls})::int AS "wrongSteps",
            COALESCE(extract(epoch FROM max(m.finished_at) - min(m.created_at)), 0)::float8 AS seconds
     FROM missions m JOIN accounts a ON a.id = m.account_id WHERE a.name = '${account}'`,
  );
  return row ?? { missions: 0, completed: 0, handedOver: 0, died: 0, wrongSteps: 0, seconds: 0 };
}

function spread(all: readonly number[]): string {
  if (all.length === 0) return 'none';
  const sorted = all.toSorted((a, b) => a - b);
  const at = (share: number) => ((sorted[Math.floor(share * (sorted.length - 1))] ?? 0) / 1_000).toFixed(1);
  return `median ${at(0.5)} s, most ${at(1)} s`;
}
