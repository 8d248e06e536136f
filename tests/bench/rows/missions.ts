import type { Child } from '../child.ts';
import { UNFINISHED } from '../counts.ts';
import { runClosedLoop } from '../open-loop.ts';
import { type Backend, type Bench, CONTENDERS, type Contender, type Result, type Row } from '../row.ts';
import { type Stack, startStack } from '../stack.ts';
import { median } from '../statistics.ts';

/** Three model calls with a tool each, then the answer. */
const LOAD = { steps: 3 };
const SLOTS = 500;
const CLIENTS = 128;
const WARM_UP = 600;
const LINES = { redis: { min: 1_000 }, postgres: { min: 300 } } as const;

/** Missions a second through an API and a worker process, while they are posted, and from a queue that is full. */
export const missions: Row = {
  name: 'missions',
  async run(bench) {
    const results: Result[] = [];
    for (const backend of bench.backends) results.push(...(await measure(bench, backend)));
    return results;
  },
};

type Running = { stack: Stack; worker: Child };
/** Who takes processor time of a mission. */
const PARTS = ['api', 'worker', 'postgres', 'redis'] as const;
type Run = { perSecond: number; partsMs: Record<(typeof PARTS)[number], number> };
type Runs = Record<Contender, Run[]>;

async function measure(bench: Bench, backend: Backend): Promise<Result[]> {
  const count = bench.isQuick ? 1_000 : 8_000;
  const rounds = bench.isQuick ? 1 : 3;
  await using resources = new AsyncDisposableStack();
  const start = async (contender: Contender): Promise<Running> => {
    const stack = resources.use(await startStack(bench, contender, backend));
    const worker = await stack.startWorker({ slots: SLOTS });
    await postAndRun({ stack, worker }, WARM_UP);
    return { stack, worker };
  };
  const running = { flotilla: await start('flotilla'), baseline: await start('baseline') };
  const posted: Runs = { flotilla: [], baseline: [] };
  const queued: Runs = { flotilla: [], baseline: [] };
  for (let round = 0; round < rounds; round += 1) {
    for (const contender of CONTENDERS) {
      const subject = running[contender];
      const around = { bench, contender, count, ...subject };
      posted[contender].push(await watched(around, () => postAndRun(subject, count)));
      queued[contender].push(await watched(around, () => runQueued(subject, count)));
    }
  }
  const line = (name: string, runs: Runs): Result => ({
    name,
    backend,
    value: median(runs.flotilla.map((run) => run.perSecond)),
    unit: 'missions/s',
    baseline: median(runs.baseline.map((run) => run.perSecond)),
    better: 'higher',
    line: LINES[backend],
  });
  const time = (whose: string, msOf: (run: Run) => number): Result => ({
    name: `processor time of a mission of 3 steps, ${whose}`,
    backend,
    value: median(posted.flotilla.map(msOf)),
    unit: 'ms',
    baseline: median(posted.baseline.map(msOf)),
    better: 'lower',
  });
  return [
    line('missions of 3 steps, from the first POST', posted),
    line('missions of 3 steps, from a full queue', queued),
    time('all processes', ({ partsMs }) => sumOf(partsMs)),
    ...PARTS.map((part) => time(part, ({ partsMs }) => partsMs[part])),
  ];
}

type Watched = Running & { bench: Bench; contender: Contender; count: number };

/** What the missions cost each process. On a machine with other work to do, it says more than the rate. */
async function watched({ bench, contender, count, stack, worker }: Watched, run: () => Promise<number>): Promise<Run> {
  const used = () => ({
    api: stack.api.processorSeconds(),
    worker: worker.processorSeconds(),
    ...bench.servers.processorSeconds(),
  });
  const before = used();
  const perSecond = await run();
  const after = used();
  const msEach = (of: keyof typeof before) => ((after[of] - before[of]) * 1_000) / count;
  const partsMs = {
    api: msEach('api'),
    worker: msEach('worker'),
    postgres: msEach('postgres'),
    redis: msEach('redis'),
  };
  const shown = PARTS.map((part) => `${part} ${partsMs[part].toFixed(2)}`).join(', ');
  bench.log(`${contender}: ${Math.round(perSecond)} missions/s; ${sumOf(partsMs).toFixed(2)} ms each (${shown})`);
  return { perSecond, partsMs };
}

function sumOf(partsMs: Run['partsMs']): number {
  return PARTS.reduce((sum, part) => sum + partsMs[part], 0);
}

/** From the first POST to the last end. */
async function postAndRun({ stack }: Running, count: number): Promise<number> {
  const startedAt = Date.now();
  await postAll(stack, count);
  await stack.until(0, UNFINISHED);
  return (count * 1_000) / ((await lastEnd(stack)) - startedAt);
}

/**
 * From the moment the worker is let go to the last end. It is stopped by a signal while the queue is filled, for less
 * than its lease lasts: a new one would show how fast V8 warms up.
 */
async function runQueued({ stack, worker }: Running, count: number): Promise<number> {
  worker.signal('SIGSTOP');
  await postAll(stack, count);
  const startedAt = Date.now();
  worker.signal('SIGCONT');
  await stack.until(0, UNFINISHED);
  return (count * 1_000) / ((await lastEnd(stack)) - startedAt);
}

async function postAll(stack: Stack, count: number): Promise<void> {
  await runClosedLoop({
    total: count,
    width: CLIENTS,
    call: async () => {
      await stack.post(LOAD);
    },
  });
}

/** By the database's clock, which is this machine's. */
async function lastEnd(stack: Stack): Promise<number> {
  const [row] = await stack.query<{ at: Date }>('SELECT max(finished_at) AS at FROM missions');
  return row?.at.getTime() ?? Number.NaN;
}
