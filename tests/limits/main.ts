/**
 * Ten processes against a provider that is limited to 10 calls at once and 500 requests a minute, one of them killed in
 * the middle, as the provider counts it:
 *
 *   node tests/limits/main.ts [--latency MS] [--seconds N] [--processes N] [--requests N] [--concurrency N]
 *
 * Exits with 1 when a limit was exceeded in any window, or, from two minutes on, when less than 95 % of the one that
 * binds was used.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { findRedis, startRedis } from '@flotilla/embedded';
import { startCountingServer } from './counting-server.ts';

const { values } = parseArgs({
  options: {
    latency: { type: 'string', default: '500' },
    seconds: { type: 'string', default: '180' },
    processes: { type: 'string', default: '10' },
    requests: { type: 'string', default: '500' },
    concurrency: { type: 'string', default: '10' },
  },
});
const latencyMs = Number(values.latency);
const runMs = Number(values.seconds) * 1_000;
const limits = { concurrency: Number(values.concurrency), requests: Number(values.requests), tokens: null };
const MINUTE_MS = 60_000;
/** A shorter run begins with a minute of which nothing is used, and ends before that evens out. */
const JUDGED_FROM_MS = 2 * MINUTE_MS;
/** Calls that each process always has in hand. */
const LANES = 4;

const log = (line: string): void => void process.stdout.write(`${line}\n`);

await using resources = new AsyncDisposableStack();
const found = await findRedis({ env: process.env, log });
const redisUrl =
  found.kind === 'server' ? found.url : resources.use(await startRedis({ program: found.path, log })).url;
const server = resources.use(await startCountingServer(latencyMs));
const callers = await Promise.all(Array.from({ length: Number(values.processes) }, startCaller));
const startedAt = performance.now();
await sleep(runMs / 2);
const killed = callers[0];
killed?.kill('SIGKILL');
log(`killed process ${killed?.pid ?? ''} in the middle`);
await sleep(runMs / 2);
const seen = server.seen(startedAt);
for (const caller of callers.slice(1)) caller.kill('SIGTERM');
await Promise.all(callers.slice(1).map((caller) => once(caller, 'close')));

const rate = seen.requests / ((limits.requests * runMs) / MINUTE_MS);
const busy = seen.busyMs / (limits.concurrency * runMs);
log(`${seen.requests} requests in ${runMs / 1_000} s, ${latencyMs} ms each`);
log(
  `most in any 60 s: ${server.mostInAnyMinute()} of ${limits.requests}; most at once: ${server.mostAtOnce()} of ${limits.concurrency}`,
);
log(`used: ${percent(rate)} of the rate, ${percent(busy)} of the concurrency`);
const isExceeded = server.mostInAnyMinute() > limits.requests || server.mostAtOnce() > limits.concurrency;
const isWasted = runMs >= JUDGED_FROM_MS && Math.max(rate, busy) < 0.95;
log(isExceeded ? 'A limit was exceeded.' : 'No limit was exceeded.');
if (isWasted) log('Less than 95 % of the limit that binds was used.');
process.exitCode = isExceeded || isWasted ? 1 : 0;

async function startCaller(): Promise<ChildProcess> {
  const task = { kind: 'redis', url: redisUrl, prefix: 'limits', witnessUrl: server.url, limits, lanes: LANES };
  const caller = spawn(process.execPath, [join(import.meta.dirname, '../contract/limits/caller.ts')], {
    env: { PATH: process.env['PATH'], TASK: JSON.stringify(task) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  resources.defer(() => void caller.kill('SIGKILL'));
  const first = await Promise.race([once(caller.stdout, 'data'), once(caller, 'close').then(() => null)]);
  if (first === null) throw new Error('a process ended before it called');
  return caller;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
