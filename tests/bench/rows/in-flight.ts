import { NOT_BEGUN, UNFINISHED } from '../counts.ts';
import { runClosedLoop } from '../open-loop.ts';
import type { Backend, Bench, Contender, Result, Row } from '../row.ts';
import { startStack } from '../stack.ts';

type Shape = { count: number; latencyMs: number; line: { max: number } };

const SMALL: Shape = { count: 1_000, latencyMs: 1_000, line: { max: 1.3 } };
const LARGE: Shape = { count: 5_000, latencyMs: 5_000, line: { max: 1.2 } };
const MODEL_CALLS = 3;

/** Many missions at once in one worker, against the time that their models alone take. */
export const inFlight: Row = {
  name: 'in-flight',
  async run(bench) {
    const shapes = bench.isLarge ? [SMALL, LARGE] : [SMALL];
    const results: Result[] = [];
    for (const backend of bench.isQuick ? bench.backends.slice(0, 1) : bench.backends) {
      for (const shape of shapes) results.push(await measure(bench, backend, shape));
    }
    return results;
  },
};

async function measure(bench: Bench, backend: Backend, shape: Shape): Promise<Result> {
  return {
    name: `${shape.count.toLocaleString('en')} missions × ${MODEL_CALLS} × ${shape.latencyMs / 1_000} s in one worker`,
    backend,
    value: await makespan(bench, 'flotilla', { backend, ...shape }),
    unit: '× ideal',
    baseline: await makespan(bench, 'baseline', { backend, ...shape }),
    better: 'lower',
    line: shape.line,
  };
}

/** From the first claim to the last end, as a multiple of the model's time. The worker is fresh, and all wait for it. */
async function makespan(
  bench: Bench,
  contender: Contender,
  { backend, count, latencyMs }: Shape & { backend: Backend },
): Promise<number> {
  await using stack = await startStack(bench, contender, backend);
  // With two tool calls and the answer, a mission is three model calls.
  const load = { steps: MODEL_CALLS - 1, latencyMs };
  await runClosedLoop({
    total: count,
    width: 100,
    call: async () => {
      await stack.post(load);
    },
  });
  await stack.startWorker({ slots: count });
  await stack.until(0, NOT_BEGUN);
  await stack.until(0, UNFINISHED);
  const [row] = await stack.query<{ ms: number }>(
    'SELECT extract(epoch FROM max(finished_at) - min(started_at))::float8 * 1000 AS ms FROM missions',
  );
  const ms = row?.ms ?? Number.NaN;
  bench.log(`in-flight ${contender} on ${backend}: ${count} in ${Math.round(ms)} ms`);
  return ms / (MODEL_CALLS * latencyMs);
}
