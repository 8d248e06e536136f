import { runOpenLoop } from '../open-loop.ts';
import { type Backend, type Bench, CONTENDERS, type Contender, type Result, type Row } from '../row.ts';
import { type Stack, startStack } from '../stack.ts';
import { median, percentile } from '../statistics.ts';

const PERCENTILES = [50, 95, 99] as const;
const LOAD = { steps: 0 };
/** Enough for V8 to have compiled what it is going to. */
const WARM_UP = { rate: 500, seconds: 1 };
const LINE_RATE = 500;
const LINE_P95_MS = 50;

/** `POST /v1/missions` at a steady rate: nobody runs the missions meanwhile, so that this is what accepting costs. */
export const accept: Row = {
  name: 'accept',
  async run(bench) {
    const results: Result[] = [];
    for (const backend of bench.backends) results.push(...(await measure(bench, backend)));
    return results;
  },
};

async function measure(bench: Bench, backend: Backend): Promise<Result[]> {
  const rates = bench.isQuick ? [500, 1_500] : [200, 500, 1_000, 1_500];
  const rounds = bench.isQuick ? 1 : 3;
  const seconds = bench.isQuick ? 2 : 5;
  await using flotilla = await startStack(bench, 'flotilla', backend);
  await using baseline = await startStack(bench, 'baseline', backend);
  const stacks = { flotilla, baseline };
  for (const contender of CONTENDERS) await offer(stacks[contender], WARM_UP);

  const latencies: Record<Contender, Map<string, number[]>> = { flotilla: new Map(), baseline: new Map() };
  for (let round = 0; round < rounds; round += 1) {
    for (const rate of rates) {
      for (const contender of CONTENDERS) {
        const latenciesMs = await offer(stacks[contender], { rate, seconds });
        for (const percent of PERCENTILES) {
          const name = nameOf(percent, rate);
          const values = latencies[contender].get(name) ?? [];
          latencies[contender].set(name, [...values, percentile(latenciesMs, percent)]);
        }
      }
      bench.log(`accept ${backend} ${rate}/s, round ${round + 1} of ${rounds}`);
    }
  }
  return rates.flatMap((rate) =>
    PERCENTILES.map((percent) => {
      const name = nameOf(percent, rate);
      return {
        name,
        backend,
        value: median(latencies.flotilla.get(name) ?? []),
        unit: 'ms',
        baseline: median(latencies.baseline.get(name) ?? []),
        better: 'lower' as const,
        ...(rate === LINE_RATE && percent === 95 && { line: { max: LINE_P95_MS } }),
      };
    }),
  );
}

const nameOf = (percent: number, rate: number) => `accept at ${rate}/s, p${percent}`;

async function offer(stack: Stack, { rate, seconds }: { rate: number; seconds: number }): Promise<number[]> {
  const { latenciesMs } = await runOpenLoop({
    rate,
    seconds,
    call: async () => {
      await stack.post(LOAD);
    },
  });
  return latenciesMs;
}
