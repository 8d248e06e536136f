/**
 * nginx and PgBouncer as `infra/` configures them, in front of the real system:
 *
 *   npm run test:proxies [-- --only stream,failing,limits,crowd] [-- --missions 300] [-- --seconds 20]
 *
 * `stream`: events come through nginx as they happen. `failing`: an instance that is killed under load is taken out, and
 * no request fails. `limits`: what a pooler in transaction mode cannot carry, tried. `crowd`: missions while PgBouncer
 * has as many clients as it takes.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { auditAll, judgeMissions } from '../fleet/settle.ts';
import { API_POOL, openStack, WORKER_POOL } from '../fleet/stack.ts';
import { startSteadyLoad } from '../fleet/steady-load.ts';
import { createVerdict } from '../fleet/verdict.ts';
import { gatherCrowd } from './crowd.ts';
import { tryLimits } from './pooler-limits.ts';
import { followMission } from './stream.ts';

const INSTANCES = 3;
const WORKERS = 5;
const SLOTS = 20;
/** A buffer would hold all of them back to the end, some seconds later. */
const ARRIVES_WITHIN_MS = 1_000;
const CLIENTS_MAX = 1_000;
/** Who counts the clients is one. */
const CONSOLE = 1;
const SERVERS_MAX = 50;
const RATE = 50;

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: 'stream,failing,limits,crowd' },
    missions: { type: 'string', default: '300' },
    seconds: { type: 'string', default: '20' },
  },
});
const parts = values.only.split(',');
const log = (line: string): void => void process.stdout.write(`${line}\n`);
const { expectThat, isRight } = createVerdict(log);

await using stack = await openStack({ instances: INSTANCES });
await Promise.all(Array.from({ length: WORKERS }, () => stack.startWorker({ slots: SLOTS })));
const LOAD = {
  url: stack.nginx.url,
  apiKey: stack.apiKey,
  isKeyed: true,
  mission: (ref: string) => ({
    goal: `${ref} steps=1 latency=50-150`,
    model: 'openai/gpt-chaos',
    tools: ['current_time', 'http_fetch'],
    webhook: { url: stack.receiverUrl },
    metadata: { ref },
  }),
};
if (parts.includes('stream')) await stream();
if (parts.includes('limits')) await limits();
if (parts.includes('crowd')) await crowd();
if (parts.includes('failing')) await failing();
const broken = await auditAll(stack);
expectThat(broken.length === 0, `audit: ${broken.length} rules broken ${broken.join('; ')}`);
log(isRight() ? 'The proxies hold.' : 'The proxies do NOT hold.');
process.exitCode = isRight() ? 0 : 1;

async function stream(): Promise<void> {
  const arrivals = await followMission(LOAD, {
    ...LOAD.mission('stream-1'),
    goal: 'stream-1 steps=3 latency=1000-1000',
  });
  const latest = Math.max(...arrivals.map(({ tookMs }) => tookMs));
  const isWhole = arrivals.at(-1)?.type === 'mission.completed' && arrivals.length > 10;
  expectThat(isWhole, `stream: ${arrivals.length} events, the last ${arrivals.at(-1)?.type}`);
  expectThat(
    latest < ARRIVES_WITHIN_MS,
    `stream: each was through nginx within ${latest} ms, over four model calls of 1 s each`,
  );
}

async function limits(): Promise<void> {
  const { named, heard, locksLeft, statementTimeout } = await tryLimits({
    url: stack.pgbouncer.url,
    directUrl: stack.directUrl,
  });
  expectThat(
    named.failed > 0,
    `transaction mode: ${named.failed} of ${named.asked} named statements failed: ours are unnamed`,
  );
  expectThat(heard < 5, `transaction mode: ${heard} of 5 notifications were heard: LISTEN goes by DATABASE_DIRECT_URL`);
  expectThat(locksLeft > 0, `transaction mode: ${locksLeft} session lock stayed behind: ours belong to transactions`);
  expectThat(statementTimeout === '5s', `every statement through PgBouncer has a limit of ${statementTimeout}`);
}

async function crowd(): Promise<void> {
  // Connections are opened when they are needed: nobody else may have taken their places by then.
  const own = INSTANCES * API_POOL + WORKERS * WORKER_POOL;
  await using others = await gatherCrowd({ url: stack.pgbouncer.url, size: CLIENTS_MAX - own - CONSOLE });
  const startedAt = performance.now();
  const load = startSteadyLoad({ ...LOAD, perSecond: RATE, postShare: 0.5, prefix: 'crowd-' });
  while (load.accepted() < Number(values.missions)) await sleep(200);
  const most = await clients();
  const { sent, failures, accepted } = await load.stop();
  const pool = (await stack.pgbouncer.show('POOLS')).find(({ database }) => database === 'flotilla');
  const servers = ['sv_active', 'sv_idle', 'sv_used', 'sv_tested', 'sv_login'].reduce(
    (sum, name) => sum + Number(pool?.[name] ?? 0),
    0,
  );
  const { lost, repeated, webhooksMissing, problems } = await judgeMissions(stack, accepted);
  // Last, since for a moment it takes the places of our own.
  const refused = await connectMore(own + CONSOLE + 1);
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(0);
  expectThat(most >= CLIENTS_MAX - own, `crowd: PgBouncer had ${most} clients, at most ${own} of them ours`);
  expectThat(refused.includes('no more connections'), `crowd: one more than a thousand is told: ${refused}`);
  expectThat(servers <= SERVERS_MAX, `crowd: ${servers} connections to Postgres`);
  expectThat(failures.length === 0, `crowd: ${failures.length} of ${sent} requests failed ${failures[0]?.text ?? ''}`);
  expectThat(
    others.failed().length === 0,
    `crowd: ${others.answered()} statements of the others, ${others.failed().length} failed ${others.failed()[0] ?? ''}`,
  );
  expectThat(
    lost + repeated + webhooksMissing + problems.length === 0,
    `crowd: ${accepted.length} missions in ${seconds} s, ${lost} lost, ${repeated} repeated, ${webhooksMissing} webhooks missing ${problems.join('; ')}`,
  );
}

async function failing(): Promise<void> {
  const load = startSteadyLoad({ ...LOAD, perSecond: RATE, postShare: 0.3, prefix: 'failing-' });
  await sleep(3_000);
  const [victim] = stack.apis;
  if (!victim) throw new Error('there is no instance');
  const before = (await stack.nginx.served()).length;
  victim.process.signal('SIGKILL');
  await sleep(Number(values.seconds) * 1_000);
  const { sent, failures, accepted } = await load.stop();
  const served = (await stack.nginx.served()).slice(before);
  const asked = served.filter(({ upstream }) => upstream.split(', ').includes(`127.0.0.1:${victim.port}`));
  const passedOn = asked.filter(({ upstream }) => upstream.includes(', '));
  expectThat(
    failures.length === 0,
    `failing: ${failures.length} of ${sent} requests failed after one of three instances was killed ${failures[0]?.text ?? ''}`,
  );
  expectThat(
    asked.length < served.length / 10,
    `failing: of ${served.length} requests ${asked.length} tried it, ${passedOn.length} were passed on to another; then it was left alone`,
  );
  const { lost, repeated, problems } = await judgeMissions(stack, accepted);
  expectThat(
    lost + repeated + problems.length === 0,
    `failing: ${accepted.length} missions, ${lost} lost, ${repeated} repeated ${problems.join('; ')}`,
  );
  const [row] = await stack.query<{ count: number }>(
    `SELECT count(*)::int FROM missions WHERE metadata->>'ref' LIKE 'failing-%'`,
  );
  expectThat(row?.count === accepted.length, `failing: ${row?.count} missions stored for ${accepted.length} keys`);
}

async function clients(): Promise<number> {
  const pools = await stack.pgbouncer.show('POOLS');
  return pools.reduce((sum, { cl_active: active, cl_waiting: waiting }) => sum + Number(active) + Number(waiting), 0);
}

async function connectMore(count: number): Promise<string> {
  const more: pg.Client[] = [];
  try {
    for (let tries = 0; tries < count; tries += 1) {
      const client = new pg.Client({ connectionString: stack.pgbouncer.url });
      client.on('error', () => undefined);
      more.push(client);
      await client.connect();
    }
    return 'welcome';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    await Promise.all(more.map((client) => client.end().catch(() => undefined)));
  }
}
