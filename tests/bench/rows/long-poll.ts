import { setTimeout as sleep } from 'node:timers/promises';
import { sayIfLate, watchLoop } from '../loop-watch.ts';
import type { Backend, Bench, Result, Row } from '../row.ts';
import { type Stack, startStack } from '../stack.ts';
import { percentile } from '../statistics.ts';
import { asksModelAt, clockMs, startStreamingModel, writtenAt } from '../streaming-model.ts';

const FRAGMENTS = 10;
const FRAGMENT_EVERY_MS = 50;
const MISSION_EVERY_MS = 50;
/** Two seconds in which fresh processes compile what they do for the first time: told, and not counted. */
const WARM_UP = 40;
const SLOTS = 100;
const PERCENTILES = [50, 95] as const;
const LINE_P95_MS = 100;

/** From the last that a mission's model says, as the model's server has it, to the answer of who waits for its end. */
export const longPoll: Row = {
  name: 'long-poll',
  async run(bench) {
    const results: Result[] = [];
    for (const backend of bench.backends) {
      const latenciesMs = await measure(bench, backend);
      for (const percent of PERCENTILES) {
        results.push({
          name: `model’s last word → long poll answered, p${percent}`,
          backend,
          value: percentile(latenciesMs, percent),
          unit: 'ms',
          baseline: null,
          better: 'lower',
          ...(percent === 95 && { line: { max: LINE_P95_MS } }),
        });
      }
    }
    return results;
  },
};

async function measure(bench: Bench, backend: Backend): Promise<number[]> {
  const count = WARM_UP + (bench.isQuick ? 80 : 600);
  await using model = await startStreamingModel({ fragments: FRAGMENTS, everyMs: FRAGMENT_EVERY_MS });
  await using stack = await startStack(bench, 'flotilla', backend);
  await stack.startWorker({ slots: SLOTS, env: asksModelAt(model.url) });
  const loop = watchLoop();
  const latenciesMs = await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      // Not all at once: each is waited for while others begin and end.
      await sleep(index * MISSION_EVERY_MS);
      return waitForEnd(stack);
    }),
  );
  const cold = latenciesMs.splice(0, WARM_UP);
  bench.log(`long-poll on ${backend}: of the first ${WARM_UP}, not counted, p95 ${percentile(cold, 95).toFixed(0)} ms`);
  sayIfLate(bench.log, { what: `long-poll on ${backend}`, delayMs: loop.delayMs(99), lineMs: LINE_P95_MS });
  return latenciesMs;
}

async function waitForEnd({ http }: Stack): Promise<number> {
  const posted = await http.post('/v1/missions', JSON.stringify({ goal: 'wait', model: 'openai/bench', tools: [] }));
  const { id }: { id: string } = JSON.parse(posted.body);
  const { status, body } = await http.get(`/v1/missions/${id}/result?wait=30`);
  const answeredAt = clockMs();
  if (status !== 200) throw new Error(`the result of a mission was not waited for: ${status} ${body}`);
  const { output }: { output: string } = JSON.parse(body);
  return answeredAt - (writtenAt(output).at(-1) ?? Number.NaN);
}
