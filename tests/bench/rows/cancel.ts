import { setTimeout as sleep } from 'node:timers/promises';
import { RUNNING, UNFINISHED } from '../counts.ts';
import type { Backend, Bench, Result, Row } from '../row.ts';
import { startStack } from '../stack.ts';
import { percentile } from '../statistics.ts';

const WAITING = { steps: 1, latencyMs: 600_000 };
/** Spread over more than a heartbeat, so that it is met at every phase. */
const EVERY_MS = 230;

const WAYS = [
  { name: 'with signals', areCutOff: false, lineMs: 250 },
  { name: 'with signals cut off', areCutOff: true, lineMs: 4_000 },
] as const;

/** From the cancel being sent to the mission's end, which its worker writes once the model call is aborted. */
export const cancel: Row = {
  name: 'cancel',
  async run(bench) {
    const results: Result[] = [];
    for (const backend of bench.backends) {
      for (const { name, areCutOff, lineMs } of WAYS) {
        results.push({
          name: `cancel → model call aborted and end written, ${name}, p95`,
          backend,
          value: percentile(await measure(bench, backend, areCutOff), 95),
          unit: 'ms',
          baseline: null,
          better: 'lower',
          line: { max: lineMs },
        });
      }
    }
    return results;
  },
};

async function measure(bench: Bench, backend: Backend, areCutOff: boolean): Promise<number[]> {
  const count = bench.isQuick ? 16 : 60;
  await using stack = await startStack(bench, 'flotilla', backend);
  // Cut off: the worker listens where nobody sends. Its own sweep rings what comes due.
  await stack.startWorker({ slots: count, env: areCutOff ? { QUEUE_PREFIX: 'elsewhere' } : {} });
  const post = () => stack.post(WAITING, ...(areCutOff ? [{ delay: 1 }] : []));
  const missionIds = await Promise.all(Array.from({ length: count }, post));
  await stack.until(count, RUNNING);
  const sentAt = new Map<string, number>();
  for (const missionId of missionIds) {
    sentAt.set(missionId, performance.timeOrigin + performance.now());
    await stack.cancel(missionId);
    await sleep(EVERY_MS);
  }
  await stack.until(0, UNFINISHED);
  const rows = await stack.query<{ id: string; ms: number }>(
    'SELECT id, extract(epoch FROM finished_at)::float8 * 1000 AS ms FROM missions',
  );
  return rows.map(({ id, ms }) => ms - (sentAt.get(id) ?? Number.NaN));
}
