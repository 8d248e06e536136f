/**
 * A whole fleet on one machine: nginx, three API instances, PgBouncer, five workers; Postgres and Redis behind them.
 *
 *   npm run test:fleet [-- --only spread,restart,scale] [-- --rate 100] [-- --runs 5]
 *
 * `spread`: a hundred equal missions of a second over five workers of four slots, each within a tenth of its share.
 * `restart`: every process is replaced, one after the other, under load, and no request fails.
 * `scale`: three of five workers are told to end at once, and nothing is lost.
 * In both of them no call is made twice, not even one that was cut off: nothing is killed.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { ChaosProcess } from '../chaos/stage/process.ts';
import { auditAll, judgeMissions } from './settle.ts';
import { measureSpread } from './spread.ts';
import { type Instance, openStack } from './stack.ts';
import { startSteadyLoad } from './steady-load.ts';
import { createVerdict } from './verdict.ts';

const INSTANCES = 3;
const WORKERS = 5;
const SLOTS = 4;
/** Enough for the load of a restart with a worker less. */
const LOAD_SLOTS = 20;
const SPREAD_MAX = 0.1;
const POST_SHARE = 0.2;

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: 'spread,restart,scale' },
    rate: { type: 'string', default: '100' },
    runs: { type: 'string', default: '5' },
  },
});
const parts = values.only.split(',');
const log = (line: string): void => void process.stdout.write(`${line}\n`);
const { expectThat, isRight } = createVerdict(log);

await using stack = await openStack({ instances: INSTANCES });
let apis: readonly Instance[] = stack.apis;
if (parts.includes('spread')) await spread();
let workers: readonly ChaosProcess[] = [];
if (parts.includes('restart') || parts.includes('scale')) workers = await startWorkers(LOAD_SLOTS);
if (parts.includes('restart')) await restart();
if (parts.includes('scale')) await scale();
const broken = await auditAll(stack);
expectThat(broken.length === 0, `audit: ${broken.length} rules broken ${broken.join('; ')}`);
log(isRight() ? 'The fleet holds.' : 'The fleet does NOT hold.');
process.exitCode = isRight() ? 0 : 1;

function startWorkers(slots: number): Promise<ChaosProcess[]> {
  return Promise.all(Array.from({ length: WORKERS }, () => stack.startWorker({ slots })));
}

async function end(process: ChaosProcess): Promise<string | null> {
  process.signal('SIGTERM');
  const { code, signal } = await process.exited;
  return code === 0 ? null : `${process.name} ended with ${signal ?? code}`;
}

async function spread(): Promise<void> {
  const five = await startWorkers(SLOTS);
  const names = five.map(({ name }) => name);
  // Five new processes have not compiled anything yet, and not all of them at the same time.
  await measureSpread(stack, { run: 0, workers: names });
  for (let run = 1; run <= Number(values.runs); run += 1) {
    const { counts, deviation, seconds } = await measureSpread(stack, { run, workers: names });
    const line = `spread, run ${run}: ${counts.join(' ')} in ${seconds.toFixed(1)} s, at most ${(deviation * 100).toFixed(0)} % off`;
    expectThat(deviation <= SPREAD_MAX, line);
  }
  await Promise.all(five.map(end));
}

function startLoad(prefix: string) {
  return startSteadyLoad({
    url: stack.nginx.url,
    apiKey: stack.apiKey,
    perSecond: Number(values.rate),
    postShare: POST_SHARE,
    isKeyed: true,
    prefix,
    mission: (ref) => ({
      goal: `${ref} steps=1 latency=100-300`,
      model: 'openai/gpt-chaos',
      tools: ['current_time', 'http_fetch'],
      webhook: { url: stack.receiverUrl },
      metadata: { ref },
    }),
  });
}

async function restart(): Promise<void> {
  const startedAt = performance.now();
  const load = startLoad('restart-');
  const strange: (string | null)[] = [];
  await sleep(2_000);
  for (const old of apis) {
    const fresh = await stack.startApi();
    apis = [...apis.filter((one) => one !== old), fresh];
    await stack.nginx.lead(apis.map(({ port }) => port));
    strange.push(await end(old.process));
  }
  await stack.pgbouncer.takeOver();
  for (const old of workers) {
    const fresh = await stack.startWorker({ slots: LOAD_SLOTS });
    workers = [...workers.filter((one) => one !== old), fresh];
    strange.push(await end(old));
  }
  await sleep(2_000);
  await report('rolling restart', { load, strange, startedAt });
}

async function scale(): Promise<void> {
  const startedAt = performance.now();
  const load = startLoad('scale-');
  await sleep(4_000);
  const leaving = workers.slice(2);
  workers = workers.slice(0, 2);
  const strange = await Promise.all(leaving.map(end));
  await sleep(4_000);
  await report('five workers to two', { load, strange, startedAt });
}

type Ending = { load: ReturnType<typeof startSteadyLoad>; strange: (string | null)[]; startedAt: number };

async function report(what: string, { load, strange, startedAt }: Ending): Promise<void> {
  const { sent, failures, repeated: again, accepted } = await load.stop();
  const seconds = (performance.now() - startedAt) / 1_000;
  log(
    `${what}: ${sent} requests in ${seconds.toFixed(0)} s (${(sent / seconds).toFixed(0)} a second), ${accepted.length} missions; ${again} requests sent again on a new connection`,
  );
  expectThat(failures.length === 0, `${what}: ${failures.length} requests failed`);
  for (const { method, status, text } of failures.slice(0, 5)) log(`       ${method} ${status} ${text.slice(0, 200)}`);
  const ends = strange.filter((one) => one !== null);
  expectThat(ends.length === 0, `${what}: ${ends.length} processes did not end with 0 ${ends.join(', ')}`);
  const verdict = await judgeMissions(stack, accepted);
  const { lost, repeated, inFlightRepeats, webhooksMissing, problems } = verdict;
  expectThat(
    lost + repeated + webhooksMissing + problems.length === 0,
    `${what}: ${lost} lost, ${repeated} repeated, ${webhooksMissing} webhooks missing`,
  );
  // Nothing is killed here: a drain that cuts calls off and has them made again is no drain.
  expectThat(inFlightRepeats === 0, `${what}: ${inFlightRepeats} calls cut off and made again`);
  for (const problem of problems) log(`       ${problem}`);
}
