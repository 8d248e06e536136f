import { setTimeout as sleep } from 'node:timers/promises';
import type { Servers } from '../bench/servers.ts';
import { startModelServer } from './model-server.ts';
import { startStage, tailOf } from './stage.ts';

const LIMITS = { concurrency: 10, requests: 500 };
const WORKERS = 10;
/** More calls than the limits let through at once, so that some always wait; not so many that they wait for long. */
const SLOTS = 2;
const MINUTE_MS = 60_000;
const USED_AT_LEAST = 0.95;

/**
 * Ten workers, one of them killed in the middle, against a provider that counts: no limit may be exceeded in any window,
 * before the kill or after it, and at least 95 % of the one that binds must be used in either half.
 */
export async function playLimited(
  servers: Servers,
  { latencyMs, halfMs, log }: { latencyMs: number; halfMs: number; log(line: string): void },
): Promise<boolean> {
  await using server = await startModelServer(() => ({ kind: 'answers', latencyMs }));
  await using stage = await startStage(servers);
  const workers = await stage.startWorkers(WORKERS, {
    WORKER_SLOTS: String(SLOTS),
    OPENAI_BASE_URL: server.url,
    OPENAI_API_KEY: 'one-key',
    OPENAI_LIMITS: `concurrency=${LIMITS.concurrency},requests=${LIMITS.requests}`,
  });
  await stage.post({}, Math.ceil((LIMITS.requests * 2.5 * halfMs) / MINUTE_MS));
  while (server.calls.length < LIMITS.concurrency) await sleep(10);

  const begin = performance.now();
  await sleep(halfMs);
  const middle = performance.now();
  workers[0]?.signal('SIGKILL');
  await sleep(halfMs);
  const end = performance.now();

  const halves = [
    { what: 'ten workers', ...usedOf(server.seen(begin, middle), middle - begin) },
    { what: `one killed (pid ${workers[0]?.pid})`, ...usedOf(server.seen(middle, end), end - middle) },
  ];
  for (const { what, requests, ofRate, ofConcurrency } of halves) {
    log(
      `  ${what}: ${requests} requests; used ${percent(ofRate)} of the rate, ${percent(ofConcurrency)} of the concurrency`,
    );
  }
  const inMinute = server.mostInAnyMinute();
  log(
    `  most in any 60 s: ${inMinute} of ${LIMITS.requests}; most at once: ${server.mostAtOnce()} of ${LIMITS.concurrency}`,
  );
  const ended = await stage.countEnded();
  log(`  missions ended: ${[...ended].map(([status, count]) => `${count} ${status}`).join(', ')}`);

  const isExceeded = inMinute > LIMITS.requests || server.mostAtOnce() > LIMITS.concurrency;
  if (isExceeded) log('  A limit was exceeded.');
  const wasted = halves.filter(({ ofRate, ofConcurrency }) => Math.max(ofRate, ofConcurrency) < USED_AT_LEAST);
  for (const { what } of wasted) {
    log(`  ${what}: less than ${percent(USED_AT_LEAST)} of the limit that binds was used.`);
  }
  const isStrange = [...ended.keys()].some((status) => status !== 'completed');
  if (isStrange) log(`  A mission did not complete. A worker's last words:\n${tailOf(workers[1])}`);
  return !isExceeded && wasted.length === 0 && !isStrange;
}

function usedOf({ requests, busyMs }: { requests: number; busyMs: number }, ms: number) {
  return {
    requests,
    ofRate: requests / ((LIMITS.requests * ms) / MINUTE_MS),
    ofConcurrency: busyMs / (LIMITS.concurrency * ms),
  };
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
