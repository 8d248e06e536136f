import { UNFINISHED } from '../counts.ts';
import { runClosedLoop } from '../open-loop.ts';
import type { Bench, Contender, Result, Row } from '../row.ts';
import { startStack } from '../stack.ts';

const LINE_MS = 2;
const TOOL_STEPS = 19;
/** The answer is a step too. */
const STEPS = TOOL_STEPS + 1;
const WARM_UP = 50;

/** What a step costs its worker beside the model and the tool, which answer at once and cost next to nothing. */
export const step: Row = {
  name: 'step',
  async run(bench): Promise<Result[]> {
    return [
      {
        name: 'processor time of a step, worker',
        backend: bench.backends[0] ?? 'redis',
        value: await measure(bench, 'flotilla'),
        unit: 'ms',
        baseline: await measure(bench, 'baseline'),
        better: 'lower',
        line: { max: LINE_MS },
      },
    ];
  },
};

async function measure(bench: Bench, contender: Contender): Promise<number> {
  const count = bench.isQuick ? 100 : 500;
  await using stack = await startStack(bench, contender, bench.backends[0] ?? 'redis');
  const worker = await stack.startWorker({ slots: 100 });
  const play = async (total: number) => {
    await runClosedLoop({
      total,
      width: 50,
      call: async () => {
        await stack.post({ steps: TOOL_STEPS });
      },
    });
    await stack.until(0, UNFINISHED);
  };
  await play(WARM_UP);
  const before = worker.processorSeconds();
  await play(count);
  const ms = ((worker.processorSeconds() - before) * 1_000) / (count * STEPS);
  bench.log(`step ${contender}: ${ms.toFixed(2)} ms of the worker's processor time`);
  return ms;
}
