import { setTimeout as sleep } from 'node:timers/promises';
import { RUNNING, UNFINISHED } from '../counts.ts';
import { openInspector } from '../inspector.ts';
import { runClosedLoop } from '../open-loop.ts';
import type { Bench, Contender, Result, Row } from '../row.ts';
import { type Load, type Stack, startStack } from '../stack.ts';

const LINE_KB = 50;
const WARM_UP = { steps: 3 };
/** Longer than the row takes. */
const WAITING = { steps: 1, latencyMs: 600_000 };
const SETTLE_MS = 1_000;

/** What one more mission in the middle of a model call keeps alive on a worker's heap. */
export const memory: Row = {
  name: 'memory',
  async run(bench): Promise<Result[]> {
    return [
      {
        name: 'memory of a mission in flight',
        backend: bench.backends[0] ?? 'redis',
        value: await measure(bench, 'flotilla'),
        unit: 'KB',
        baseline: await measure(bench, 'baseline'),
        better: 'lower',
        line: { max: LINE_KB },
      },
    ];
  },
};

async function measure(bench: Bench, contender: Contender): Promise<number> {
  const count = bench.isQuick ? 1_000 : 5_000;
  await using stack = await startStack(bench, contender, bench.backends[0] ?? 'redis');
  const worker = await stack.startWorker({ slots: count });
  using inspector = await openInspector(worker);
  await postAll(stack, WARM_UP, 1_000);
  await stack.until(0, UNFINISHED);
  await sleep(SETTLE_MS);
  const idle = { live: await inspector.liveBytes(), resident: worker.residentBytes() };
  await postAll(stack, WAITING, count);
  await stack.until(count, RUNNING);
  await sleep(SETTLE_MS);
  const resident = worker.residentBytes() - idle.resident;
  const live = (await inspector.liveBytes()) - idle.live;
  bench.log(
    `memory ${contender}: ${count} in flight, ${(live / count / 1_024).toFixed(1)} KB live each, resident ${(resident / count / 1_024).toFixed(1)} KB each`,
  );
  return live / count / 1_024;
}

async function postAll(stack: Stack, load: Load, total: number): Promise<void> {
  await runClosedLoop({
    total,
    width: 50,
    call: async () => {
      await stack.post(load);
    },
  });
}
