import { setTimeout as sleep } from 'node:timers/promises';
import { BREAKER_OPEN_CAP_MS, BREAKER_OPENS_AFTER, MODEL_NEXT_TOKEN_TIMEOUT_MS } from '@flotilla/core';
import type { Servers } from '../bench/servers.ts';
import { startModelServer } from './model-server.ts';
import { startStage, tailOf } from './stage.ts';

const WORKERS = 2;
const LATENCY_MS = 200;
/** One mission in so long, the whole time through. */
const POST_EVERY_MS = 250;
const BEFORE_MS = 5_000;
/** Half-open after 5, 10, 20 and 30 s of being left alone: so many tries, besides those that opened it. */
const TRIES_PER_MINUTE = 4;
/** Calls that a worker has under way when the breaker opens. */
const UNDER_WAY = 5;
/** The stalled call is noticed by a timer, and the end of its connection by another process. */
const LATE_BY_MS = 2_000;

/**
 * A model is down for `outageMs`: its breaker has to open, the fallback has to answer meanwhile, each step has to say so,
 * and the model itself has to answer again within the longest time that a breaker stays open. Meanwhile another model
 * stops in the middle of a reply, and has to be given up within its limit.
 */
export async function playOutage(
  servers: Servers,
  { outageMs, log }: { outageMs: number; log(line: string): void },
): Promise<boolean> {
  let isDown = false;
  await using server = await startModelServer((model, earlier) => {
    if (model === 'main' && isDown) return { kind: 'is_down' };
    if (model === 'stalling' && earlier === 0) return { kind: 'stalls' };
    return { kind: 'answers', latencyMs: LATENCY_MS };
  });
  await using stage = await startStage(servers);
  const [worker] = await stage.startWorkers(WORKERS, {
    WORKER_SLOTS: '10',
    OPENAI_BASE_URL: server.url,
    OPENAI_API_KEY: 'one-key',
    OPENAI_LIMITS: 'concurrency=50',
  });
  const posted: { id: string; at: number }[] = [];
  const postFor = async (ms: number, until: () => boolean = () => false) => {
    for (const end = performance.now() + ms; performance.now() < end && !until(); ) {
      const [id = ''] = await stage.post({ fallbackModels: ['openai/second'] });
      posted.push({ id, at: performance.now() });
      await sleep(POST_EVERY_MS);
    }
  };
  const callsTo = (model: string, from: number, to = Number.POSITIVE_INFINITY) =>
    server.calls.filter((call) => call.model === model && call.arrivedAt >= from && call.arrivedAt < to);

  const [stalled = ''] = await stage.post({ model: 'openai/stalling' });
  await postFor(BEFORE_MS);
  const downAt = performance.now();
  isDown = true;
  await postFor(outageMs);
  const upAt = performance.now();
  isDown = false;
  const isBack = () => callsTo('main', upAt).some(({ isAnswered }) => isAnswered);
  await postFor(BREAKER_OPEN_CAP_MS + BEFORE_MS, isBack);
  const backAt = callsTo('main', upAt).find(({ isAnswered }) => isAnswered)?.arrivedAt;
  await postFor(BEFORE_MS);
  const all = [...posted.map(({ id }) => id), stalled];
  for (let go = 0; go < 60 && sumOf(await stage.countEnded()) < all.length; go += 1) await sleep(500);

  const ended = await stage.countEnded();
  const asked = callsTo('main', downAt, upAt).length;
  const tries = Math.ceil((TRIES_PER_MINUTE * outageMs) / 60_000);
  const most = WORKERS * (BREAKER_OPENS_AFTER + tries + UNDER_WAY);
  const inOutage = posted.filter(({ at }) => at > downAt + 1_000 && at < upAt - 1_000);
  const told = await Promise.all(inOutage.map(async ({ id }) => (await stage.stepsOf(id))[0]));
  const fallen = told.filter((step) => step?.response.model === 'second' && step.passedOver[0]?.model === 'main');
  const suspended = told.filter((step) => step?.passedOver[0]?.code === 'provider_suspended').length;
  const stall = server.calls.find(({ model }) => model === 'stalling');
  const stalledMs = (stall?.endedAt ?? Number.POSITIVE_INFINITY) - (stall?.arrivedAt ?? 0);

  const [firstStep] = await stage.stepsOf(stalled);
  const checks = [
    [
      `${sumOf(ended)} of ${all.length} missions ended, ${ended.get('completed') ?? 0} of them completed`,
      ended.get('completed') === all.length,
    ],
    [
      `the model that was down for ${outageMs / 1_000} s was asked ${asked} times by ${WORKERS} workers; at most ${most} is well`,
      asked <= most,
    ],
    [
      `${fallen.length} of ${inOutage.length} missions of the outage were answered by the fallback, and their steps say so; ${suspended} met the open breaker`,
      fallen.length === inOutage.length && suspended > inOutage.length / 2,
    ],
    [
      `it answered again ${backAt === undefined ? 'never' : `${((backAt - upAt) / 1_000).toFixed(1)} s`} after the outage`,
      backAt !== undefined && backAt - upAt <= BREAKER_OPEN_CAP_MS + 1_000,
    ],
    [
      `a reply that stopped was given up after ${(stalledMs / 1_000).toFixed(1)} s, and asked for again (${firstStep?.tries ?? 0} tries)`,
      stalledMs >= MODEL_NEXT_TOKEN_TIMEOUT_MS &&
        stalledMs <= MODEL_NEXT_TOKEN_TIMEOUT_MS + LATE_BY_MS &&
        firstStep?.tries === 2,
    ],
  ] as const;
  for (const [what, isWell] of checks) log(`  ${isWell ? 'ok  ' : 'FAIL'} ${what}`);
  const isWell = checks.every(([, well]) => well);
  if (!isWell) log(`A worker's last words:\n${tailOf(worker)}`);
  return isWell;
}

function sumOf(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}
