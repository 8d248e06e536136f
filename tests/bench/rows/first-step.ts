import { setTimeout as sleep } from 'node:timers/promises';
import { UNFINISHED } from '../counts.ts';
import type { Backend, Bench, Contender, Result, Row } from '../row.ts';
import { startStack } from '../stack.ts';
import { percentile } from '../statistics.ts';

const PERCENTILES = [50, 95] as const;
const LINE_P95_MS = 25;
const WARM_UP = 15;
/** Everything has gone quiet by then, and no rhythm of the system is met. */
const EVERY_MS = 61;

/** From the POST being sent to the first model call, with nothing else to do. */
export const firstStep: Row = {
  name: 'first-step',
  async run(bench) {
    const results: Result[] = [];
    for (const backend of bench.backends) {
      const ours = await measure(bench, 'flotilla', backend);
      const theirs = await measure(bench, 'baseline', backend);
      for (const percent of PERCENTILES) {
        results.push({
          name: `POST → first step, idle, p${percent}`,
          backend,
          value: percentile(ours, percent),
          unit: 'ms',
          baseline: percentile(theirs, percent),
          better: 'lower',
          ...(percent === 95 && { line: { max: LINE_P95_MS } }),
        });
      }
    }
    return results;
  },
};

async function measure(bench: Bench, contender: Contender, backend: Backend): Promise<number[]> {
  const samples = bench.isQuick ? 30 : 300;
  await using stack = await startStack(bench, contender, backend);
  await stack.startWorker({ slots: 20 });
  const sentAt = new Map<string, number>();
  for (let sample = 0; sample < WARM_UP + samples; sample += 1) {
    const at = performance.timeOrigin + performance.now();
    const missionId = await stack.post({ steps: 0 });
    if (sample >= WARM_UP) sentAt.set(missionId, at);
    await sleep(EVERY_MS);
  }
  await stack.until(0, UNFINISHED);
  const rows = await stack.query<{ mission_id: string; ms: number }>(
    'SELECT mission_id, extract(epoch FROM started_at)::float8 * 1000 AS ms FROM steps WHERE number = 1',
  );
  return rows.flatMap(({ mission_id, ms }) => {
    const at = sentAt.get(mission_id);
    return at === undefined ? [] : [ms - at];
  });
}
