import { RUNNING } from '../counts.ts';
import { runClosedLoop } from '../open-loop.ts';
import type { Backend, Bench, Contender, Result, Row } from '../row.ts';
import { startStack } from '../stack.ts';

const VICTIMS = 100;
const LINE_SECONDS = 20;
/** In the middle of a model call when their worker dies. */
const VICTIM = { steps: 1, latencyMs: 600_000 };
/** What the other worker is busy with. */
const BACKLOG = { steps: 3, latencyMs: 200 };
const AGAIN = "type IN ('mission.started', 'mission.resumed') AND (data ->> 'attempt')::int > 1";
const RESUMED = `SELECT count(DISTINCT mission_id) FROM mission_events WHERE ${AGAIN}`;

/** From kill -9 of a worker to the last of its missions running on another, which has a queue to work off. */
export const kill: Row = {
  name: 'kill',
  async run(bench) {
    const backlog = bench.isQuick ? 1_000 : 10_000;
    const results: Result[] = [];
    for (const backend of bench.isQuick ? bench.backends.slice(0, 1) : bench.backends) {
      results.push({
        name: `kill -9 → its ${VICTIMS} missions resumed, ${backlog.toLocaleString('en')} queued`,
        backend,
        value: await measure(bench, 'flotilla', { backend, backlog }),
        unit: 's',
        // BullMQ looks for stalled jobs every half minute: too long for the quick table.
        baseline: bench.isQuick ? null : await measure(bench, 'baseline', { backend, backlog }),
        better: 'lower',
        line: { max: LINE_SECONDS },
      });
    }
    return results;
  },
};

async function measure(
  bench: Bench,
  contender: Contender,
  { backend, backlog }: { backend: Backend; backlog: number },
): Promise<number> {
  await using stack = await startStack(bench, contender, backend);
  const killed = await stack.startWorker({ slots: VICTIMS });
  await Promise.all(Array.from({ length: VICTIMS }, () => stack.post(VICTIM)));
  await stack.until(VICTIMS, RUNNING);
  await runClosedLoop({
    total: backlog,
    width: 100,
    call: async () => {
      await stack.post(BACKLOG);
    },
  });
  // Room for the victims beside the backlog, as a fleet has that scales with its queue.
  await stack.startWorker({ slots: 2 * VICTIMS });
  const killedAt = performance.timeOrigin + performance.now();
  killed.signal('SIGKILL');
  await stack.until(VICTIMS, RESUMED);
  const [row] = await stack.query<{ ms: number }>(
    `SELECT extract(epoch FROM max(created_at))::float8 * 1000 AS ms FROM mission_events WHERE ${AGAIN}`,
  );
  const seconds = ((row?.ms ?? Number.NaN) - killedAt) / 1_000;
  bench.log(`kill ${contender} on ${backend}: ${seconds.toFixed(1)} s`);
  return seconds;
}
