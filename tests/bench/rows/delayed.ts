import { UNFINISHED } from '../counts.ts';
import type { Backend, Bench, Result, Row } from '../row.ts';
import { startStack } from '../stack.ts';
import { percentile } from '../statistics.ts';

const SLOTS = 20;
const BUSY = { steps: 1, latencyMs: 200 };
const SHORT = { steps: 1 };
/** Far enough ahead for all of them to be stored by then, and spread over several turns of the sweep. */
const FIRST_AFTER_MS = 6_000;
const SPREAD_MS = 9_000;
const POSTED_AT_ONCE = 50;
const LINE_MS = 250;

/** Alone, and behind enough for the queue to be full for as long as moments come: all slots are busy then, and come free. */
const WAYS = [
  { name: 'idle', backlog: 0 },
  { name: 'with a full queue', backlog: (FIRST_AFTER_MS + 2 * SPREAD_MS) * (SLOTS / BUSY.latencyMs) },
] as const;

/** Missions that are to start later, before all others: from their moment to their bell, and to their claim. */
export const delayed: Row = {
  name: 'delayed',
  async run(bench) {
    const results: Result[] = [];
    for (const backend of bench.backends) {
      for (const way of WAYS) {
        const drifts = await measure(bench, backend, way.backlog);
        for (const until of ['rung', 'started'] as const) {
          results.push({
            name: `delayed start, ${way.name}: moment → ${until}, p95`,
            backend,
            value: percentile(
              drifts.map((drift) => drift[until]),
              95,
            ),
            unit: 'ms',
            baseline: null,
            better: 'lower',
            // A slot comes free when a mission ends: whoever finds all of them busy waits for as long as those take.
            ...((until === 'rung' || way.backlog === 0) && { line: { max: LINE_MS } }),
          });
        }
      }
    }
    return results;
  },
};

type Drift = { rung: number; started: number };

async function measure(bench: Bench, backend: Backend, backlog: number): Promise<Drift[]> {
  const count = bench.isQuick ? 40 : 200;
  await using stack = await startStack(bench, 'flotilla', backend);
  for (let posted = 0; posted < backlog; posted += POSTED_AT_ONCE) {
    await Promise.all(Array.from({ length: POSTED_AT_ONCE }, () => stack.post(BUSY)));
  }
  await stack.startWorker({ slots: SLOTS });
  const from = Date.now() + FIRST_AFTER_MS;
  const ids = await Promise.all(
    Array.from({ length: count }, (_, index) => {
      const startAt = new Date(from + (SPREAD_MS * index) / count).toISOString();
      return stack.post(SHORT, { startAt, priority: 1 });
    }),
  );
  await stack.until(0, UNFINISHED);
  return await stack.query<Drift>(
    `SELECT extract(epoch FROM rung_at - run_after)::float8 * 1000 AS rung,
            extract(epoch FROM started_at - run_after)::float8 * 1000 AS started
     FROM missions WHERE id = ANY ($1)`,
    [ids],
  );
}
