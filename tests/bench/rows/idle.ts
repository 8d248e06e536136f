import { setTimeout as sleep } from 'node:timers/promises';
import type { Child } from '../child.ts';
import { type Backend, type Bench, CONTENDERS, type Contender, type Result, type Row } from '../row.ts';
import { type Stack, startStack } from '../stack.ts';

const LINES = { redis: { max: 1 }, postgres: { max: 2 } } as const;
const LINE_CPU = 5;
/** Backends report what they did at the end of a transaction, at most once a second, or after ten idle seconds. */
const SETTLE_MS = 5_000;

/** What a worker without work asks of the database, and of the processor. */
export const idle: Row = {
  name: 'idle',
  async run(bench) {
    // At the same time: whoever idles is in nobody's way.
    const results = await Promise.all(bench.backends.map((backend) => measure(bench, backend)));
    return results.flat();
  },
};

type Idler = { stack: Stack; worker: Child };
type Idleness = { perSecond: number; cpuPercent: number };

async function measure(bench: Bench, backend: Backend): Promise<Result[]> {
  await using resources = new AsyncDisposableStack();
  const start = async (contender: Contender): Promise<Idler> => {
    const stack = resources.use(await startStack(bench, contender, backend));
    const worker = await stack.startWorker({ slots: 20 });
    await stack.api.stop();
    return { stack, worker };
  };
  const idlers = { flotilla: await start('flotilla'), baseline: await start('baseline') };
  await sleep(SETTLE_MS);
  const windowMs = bench.isQuick ? 8_000 : 60_000;
  const [flotilla, baseline] = await Promise.all(
    CONTENDERS.map((contender) => watch(bench, idlers[contender], windowMs)),
  );
  if (!flotilla || !baseline) return [];
  return [
    {
      name: 'transactions of an idle worker',
      backend,
      value: flotilla.perSecond,
      unit: '/s',
      baseline: baseline.perSecond,
      better: 'lower',
      line: LINES[backend],
    },
    {
      name: 'processor of an idle worker',
      backend,
      value: flotilla.cpuPercent,
      unit: '% of a core',
      baseline: baseline.cpuPercent,
      better: 'lower',
      line: { max: LINE_CPU },
    },
  ];
}

async function watch(bench: Bench, { stack, worker }: Idler, windowMs: number): Promise<Idleness> {
  const transactions = async () => {
    // Asked from another database, so that the question is not counted in this one.
    const [row] = await bench.servers.onServer<{ count: string }>(
      'SELECT xact_commit + xact_rollback AS count FROM pg_stat_database WHERE datname = $1',
      [stack.databaseName],
    );
    return Number(row?.count ?? Number.NaN);
  };
  const before = { count: await transactions(), cpu: worker.processorSeconds(), at: performance.now() };
  await sleep(windowMs);
  const seconds = (performance.now() - before.at) / 1_000;
  return {
    perSecond: ((await transactions()) - before.count) / seconds,
    cpuPercent: (100 * (worker.processorSeconds() - before.cpu)) / seconds,
  };
}
