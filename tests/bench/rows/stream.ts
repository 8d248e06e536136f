import { setTimeout as sleep } from 'node:timers/promises';
import { openEventSource, type SeenEvent } from '../../harness/event-source.ts';
import type { Backend, Bench, Result, Row } from '../row.ts';
import { type Stack, startStack } from '../stack.ts';
import { percentile } from '../statistics.ts';
import { clockMs, startStreamingModel } from '../streaming-model.ts';

const FRAGMENTS = 40;
const EVERY_MS = 50;
/** Streams are open before their missions start: what is measured is the way, not the start. */
const DELAY_SECONDS = 3;
const LINES_MS = { delta: 100, event: 25, result: 100 };

type Latencies = Record<keyof typeof LINES_MS, number[]>;

const NAMES: Record<keyof Latencies, string> = {
  delta: 'fragment written by the model → SSE client, p95',
  event: 'event written → SSE client, p95',
  result: 'end written → long poll answered, p95',
};

/** From what happens to those who follow it over HTTP. */
export const stream: Row = {
  name: 'stream',
  async run(bench) {
    const results: Result[] = [];
    for (const backend of bench.backends) {
      const latencies = await measure(bench, backend);
      for (const what of ['delta', 'event', 'result'] as const) {
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
  await stack.startWorker({ slots: count, env: { OPENAI_API_KEY: 'bench', OPENAI_BASE_URL: model.url } });
  const latencies: Latencies = { delta: [], event: [], result: [] };
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

async function follow(stack: Stack, latencies: Latencies): Promise<void> {
  const headers = { authorization: `Bearer ${stack.apiKey}`, 'content-type': 'application/json' };
  const mission = { goal: 'stream', model: 'openai/bench', tools: [], delay: DELAY_SECONDS };
  const posted = await fetch(`${stack.apiUrl}/v1/missions`, {
    method: 'POST',
    headers,
    body: JSON.stringify(mission),
  });
  const created: { id: string } = JSON.parse(await posted.text());
  const address = `${stack.apiUrl}/v1/missions/${created.id}`;
  const source = await openEventSource(`${address}/events?after=1`, headers);
  const result = await fetch(`${address}/result?wait=55`, { headers });
  const answeredAt = clockMs();
  const { finishedAt }: { finishedAt: string } = JSON.parse(await result.text());
  await source.ended;
  latencies.result.push(answeredAt - Date.parse(finishedAt));
  for (const seen of source.seen) {
    if (seen.event === 'delta') latencies.delta.push(...writtenAt(seen).map((at) => toClock(seen) - at));
    else latencies.event.push(toClock(seen) - createdAt(seen));
  }
}

const toClock = ({ at }: SeenEvent) => performance.timeOrigin + at;

/** A fragment of ours may hold several of the model's. */
function writtenAt({ data }: SeenEvent): number[] {
  const text = typeof data === 'object' && data !== null && 'text' in data ? String(data.text) : '';
  return text.trim().split(' ').map(Number);
}

function createdAt({ data }: SeenEvent): number {
  return typeof data === 'object' && data !== null && 'createdAt' in data
    ? Date.parse(String(data.createdAt))
    : Number.NaN;
}
