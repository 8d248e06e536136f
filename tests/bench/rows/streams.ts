import { RUNNING } from '../counts.ts';
import { openInspector } from '../inspector.ts';
import { sayIfLate } from '../loop-watch.ts';
import { runOpenLoop } from '../open-loop.ts';
import type { Backend, Bench, Line, Result, Row } from '../row.ts';
import { type Stack, startStack } from '../stack.ts';
import { percentile } from '../statistics.ts';
import { asksModelAt, type Pace } from '../streaming-model.ts';
import { startModelThread } from '../threads/model.ts';
import { startReadersThread } from '../threads/readers.ts';

const STREAMS = 2_000;
const WORKERS = 2;
const BATCH = 1_000;
const BATCHES = STREAMS / BATCH;
const GETS_A_SECOND = 50;
const LINE_MS = 100;
const READ_LINE_MS = 50;
const WITHIN_MS = 180_000;

/** `allOpenSeconds`: before that no mission can have ended. */
type Shape = Required<Pace> & { allOpenSeconds: number };

/**
 * Two, or four, model calls; the sustained 210 to 270 events a second that all is measured by, and some 900 fragments.
 * What comes to no more than a third of a process's core: three times as much, and the latencies are those of a queue.
 */
const QUICK: Shape = {
  toolCalls: 1,
  thinksMs: { from: 2_000, to: 40_000 },
  fragments: 10,
  everyMs: 50,
  allOpenSeconds: 5,
};
const WHOLE: Shape = {
  toolCalls: 3,
  thinksMs: { from: 4_000, to: 40_000 },
  fragments: 10,
  everyMs: 50,
  allOpenSeconds: 18,
};

/** As many streams as one API process is to hold, each of a mission that runs meanwhile. */
export const streams: Row = {
  name: 'streams',
  async run(bench) {
    const results: Result[] = [];
    for (const backend of bench.backends) results.push(...(await measure(bench, backend)));
    return results;
  },
};

async function measure(bench: Bench, backend: Backend): Promise<Result[]> {
  const { allOpenSeconds, ...pace } = bench.isQuick ? QUICK : WHOLE;
  await using model = startModelThread(pace);
  const { url } = await model.hear('listens');
  await using stack = await startStack(bench, 'flotilla', backend);
  using api = await openInspector(stack.api);
  const missionIds = await runMissions(stack, url);

  const before = { live: await api.liveBytes(), resident: stack.api.residentBytes() };
  const { apiUrl, apiKey } = stack;
  await using readers = startReadersThread({ apiUrl, apiKey, missionIds, withinMs: WITHIN_MS });
  await readers.hear('open');
  const liveBytes = (await api.liveBytes()) - before.live;
  await api.watchLoop();
  model.tell('begin');
  let refused = 0;
  const { latenciesMs: getsMs } = await runOpenLoop({
    rate: GETS_A_SECOND,
    seconds: allOpenSeconds,
    call: async (index) => {
      const { status } = await stack.http.get(`/v1/missions/${missionIds[(index * 7) % STREAMS]}`);
      if (status !== 200) refused += 1;
    },
  });
  const loopDelayMs = await api.loopDelayMs(99);
  const { tally, loopDelayMs: readersLateMs } = await readers.hear('ended');
  model.tell('tell');
  const { written, loopDelayMs: modelLateMs } = await model.hear('told');
  const residentBytes = stack.api.residentBytes() - before.resident;

  const [stored] = await stack.query<{ count: string }>('SELECT sum(event_sequence) AS count FROM missions');
  const missing = Number(stored?.count) - (tally.events - tally.twice);
  bench.log(
    `streams on ${backend}: ${tally.events} events, ${tally.fragmentsMs.length} of ${written} fragments; ` +
      `${tally.lost} lost, ${missing} missing, ${tally.twice} twice, ${tally.unended} not ended; ` +
      `resident ${(residentBytes / STREAMS / 1_024).toFixed(1)} KB each`,
  );
  const ownDelayMs = Math.max(readersLateMs, modelLateMs);
  sayIfLate(bench.log, { what: `streams on ${backend}`, delayMs: ownDelayMs, lineMs: LINE_MS });
  const line = (
    name: string,
    value: number,
    { unit = 'ms', ...more }: { unit?: string; line?: Line } = {},
  ): Result => ({
    name: `${STREAMS.toLocaleString('en')} streams: ${name}`,
    backend,
    value,
    unit,
    baseline: null,
    better: 'lower',
    ...more,
  });
  return [
    line('fragment written by the model → client, p95', percentile(tally.fragmentsMs, 95), { line: { max: LINE_MS } }),
    line('event written → client, p95', percentile(tally.eventsMs, 95), { line: { max: LINE_MS } }),
    line('fragments that did not come', ((written - tally.fragmentsMs.length) * 100) / written, { unit: '%' }),
    line('events lost or twice, streams cut', missing + tally.lost + tally.twice + tally.unended, {
      unit: '',
      line: { max: 0 },
    }),
    line('GETs of a mission refused meanwhile', refused, { unit: '', line: { max: 0 } }),
    line('GET of a mission meanwhile, p95', percentile(getsMs, 95), { line: { max: READ_LINE_MS } }),
    line('loop delay of the API, p99', loopDelayMs),
    line('memory of one', liveBytes / STREAMS / 1_024, { unit: 'KB' }),
    line('loop delay of clients and model, p99', ownDelayMs),
  ];
}

/** Missions that run, each in its first model call. @returns their ids */
async function runMissions(stack: Stack, modelUrl: string): Promise<string[]> {
  // They wait in their first call until every stream is open.
  const env = { ...asksModelAt(modelUrl), MODEL_TIMEOUTS: 'openai/bench first=300' };
  for (let count = 0; count < WORKERS; count += 1) await stack.startWorker({ slots: STREAMS / WORKERS, env });
  const mission = { goal: 'stream', model: 'openai/bench', tools: ['calculator'] };
  const body = JSON.stringify({ missions: Array.from({ length: BATCH }, () => mission) });
  for (let batch = 0; batch < BATCHES; batch += 1) {
    const { status, body: answer } = await stack.http.post('/v1/missions/batch', body);
    const { accepted }: { accepted?: number } = JSON.parse(answer);
    if (accepted !== BATCH) throw new Error(`POST /v1/missions/batch answered ${status}: ${answer.slice(0, 500)}`);
  }
  await stack.until(STREAMS, RUNNING);
  return (await stack.query<{ id: string }>('SELECT id FROM missions')).map(({ id }) => id);
}
