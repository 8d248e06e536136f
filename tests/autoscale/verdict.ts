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

/** What became of a load, as its rows and the workers' own figures tell. */
export async function judge(options: {
  stage: Pick<Stage, 'query'>;
  workers: readonly Worked[];
  burst: { count: number; calls: number };
  single: { count: number; mostReplicas: number; mostDesired: number };
  idealSeconds: number;
  oldestSeconds: number;
  backToMinimum: boolean;
}): Promise<Verdict> {
  const { stage, workers, burst, single, idealSeconds } = options;
  const large = await readLoad(stage, 'large', burst.calls);
  const small = await readLoad(stage, 'single', 1);
  const lost = burst.count + single.count - large.completed - small.completed;
  const callsLost = workers.reduce((sum, one) => sum + one.callsLost, 0);
  const repeated = callsLost + large.wrongSteps + small.wrongSteps;
  const killed = large.died + small.died + workers.filter(({ graceExceeded }) => graceExceeded).length;
  const firsts = workers.flatMap(({ firstMissionAfterMs }) => firstMissionAfterMs ?? []);
  const readies = workers.flatMap(({ readyAfterMs }) => readyAfterMs ?? []);
  const leaves = workers.flatMap(({ leftAfterMs }) => leftAfterMs ?? []);
  const slowestFirst = Math.max(0, ...firsts);
  const checks: [boolean, string][] = [
    [lost === 0, `lost ${lost} of ${burst.count + single.count}`],
    [repeated === 0, `repeated ${repeated}: model calls without a reply ${callsLost}`],
    [
      killed === 0,
      `running missions killed ${killed}; handed over at a boundary ${large.handedOver + small.handedOver}`,
    ],
    [
      slowestFirst < FIRST_MISSION_WITHIN_MS,
      `decision → first mission: ${spread(firsts)}; → ready: ${spread(readies)}`,
    ],
    [
      single.mostDesired <= 1 && single.mostReplicas <= 1,
      `one account with a limit of one and ${single.count} missions: at most ${single.mostDesired} desired, ${single.mostReplicas} there`,
    ],
    [
      options.backToMinimum,
      `back to the minimum: ${options.backToMinimum ? 'yes' : 'no'}; SIGTERM → gone: ${spread(leaves)}`,
    ],
  ];
  const share = Math.round((idealSeconds / large.seconds) * 100);
  return {
    lines: [
      `drained in ${large.seconds.toFixed(0)} s; all slots of the maximum from the first moment: ${idealSeconds.toFixed(0)} s (${share} %)`,
      `oldest of the burst while it waited: ${options.oldestSeconds.toFixed(0)} s`,
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
