import { setTimeout as sleep } from 'node:timers/promises';
import { openEventSource, type SeenEvent } from '../../harness/event-source.ts';
import type { Backend, Bench, Result, Row } from '../row.ts';
import { type Stack, startStack } from '../stack.ts';
import { percentile } from '../statistics.ts';
import { asksModelAt, startStreamingModel, writtenAt } from '../streaming-model.ts';

const FRAGMENTS = 40;
const EVERY_MS = 50;
/** Streams are open before their missions start: what is measured is the way, not the start. */
const DELAY_SECONDS = 3;
const LINES_MS = { delta: 100, event: 25 };

type Latencies = Record<keyof typeof LINES_MS, number[]>;

const NAMES: Record<keyof Latencies, string> = {
  delta: 'fragment written by the model → SSE client, p95',
  event: 'event written → SSE client, p95',
};

/** From what happens to those few who follow it; `streams` has as many as there may be. */
export const stream: Row = {
  name: 'stream',
  async run(bench) {
    const results: Result[] = [];
    for (const backend of bench.backends) {
      const latencies = await measure(bench, backend);
      for (const what of ['delta', 'event'] as const) {
        results.push({
          name: NAMES[what],
          backend,
          value: percentile(latencies[what], 95),
          unit: 'ms',
          baseline: null,
          better: 'lower',
          line: { max: LINES_MS[what] },
        });
      }
    }
    return results;
  },
};

async function measure(bench: Bench, backend: Backend): Promise<Latencies> {
  const count = bench.isQuick ? 10 : 50;
  await using model = await startStreamingModel({ fragments: FRAGMENTS, everyMs: EVERY_MS });
  await using stack = await startStack(bench, 'flotilla', backend);
  await stack.startWorker({ slots: count, env: asksModelAt(model.url) });
  const latencies: Latencies = { delta: [], event: [] };
  await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      // Not all at once: each is followed while others start and end.
      await sleep(index * 20);
      await follow(stack, latencies);
    }),
  );
  bench.log(`stream on ${backend}: ${latencies.delta.length} fragments, ${latencies.event.length} events`);
  return latencies;
}

async function follow({ http, apiUrl, apiKey }: Stack, latencies: Latencies): Promise<void> {
  const mission = { goal: 'stream', model: 'openai/bench', tools: [], delay: DELAY_SECONDS };
  const posted = await http.post('/v1/missions', JSON.stringify(mission));
  const created: { id: string } = JSON.parse(posted.body);
  const url = `${apiUrl}/v1/missions/${created.id}/events?after=1`;
  const source = await openEventSource(url, { authorization: `Bearer ${apiKey}` });
  await source.ended;
  for (const seen of source.seen) {
    if (seen.event === 'delta') latencies.delta.push(...writtenAt(textOf(seen)).map((at) => toClock(seen) - at));
    else latencies.event.push(toClock(seen) - createdAt(seen));
  }
}

const toClock = ({ at }: SeenEvent) => performance.timeOrigin + at;

function textOf({ data }: SeenEvent): string {
  return typeof data === 'object' && data !== null && 'text' in data ? String(data.text) : '';
}

function createdAt({ data }: SeenEvent): number {
  return typeof data === 'object' && data !== null && 'createdAt' in data
    ? Date.parse(String(data.createdAt))
    : Number.NaN;
}
