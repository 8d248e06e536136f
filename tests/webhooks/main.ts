/**
 * Ten thousand webhooks to a receiver that refuses a third of them at random, dies and comes back, and another receiver
 * beside it that is well:
 *
 *   npm run test:webhooks [-- --deliveries N] [--rate N] [--beside N] [--seed N]
 *
 * The schedule is cut down to seconds (DELIVERY_SCHEDULE). The same missions are run before and after without a webhook
 * for the bad receiver, to see what it costs the other. Exits with 1 unless every end was told under one id, in the order
 * and at the times that the schedule says, and the 95th percentile of the receiver beside it has not suffered by 5 %.
 */
import { parseArgs } from 'node:util';
import { startServers } from '../bench/servers.ts';
import { createRandom } from '../chaos/random.ts';
import { play, type Scene } from './scene.ts';

const SCHEDULE_MS = [1_000, 2_000, 2_000, 3_000, 3_000, 5_000, 5_000, 5_000, 5_000];
const REFUSED_SHARE = 0.3;
const DEAD_FOR_MS = 10_000;
const HARMED_BY = 1.05;

const { values } = parseArgs({
  options: {
    deliveries: { type: 'string', default: '10000' },
    rate: { type: 'string', default: '100' },
    beside: { type: 'string', default: '30' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
const log = (line: string): void => void process.stdout.write(`${line}\n`);
const options = {
  deliveries: Number(values.deliveries),
  rate: Number(values.rate),
  beside: Number(values.beside),
  schedule: SCHEDULE_MS,
  refusedShare: REFUSED_SHARE,
  deadForMs: DEAD_FOR_MS,
  random: createRandom(Number(values.seed)),
};

log(
  `seed ${values.seed}; schedule ${SCHEDULE_MS.map((ms) => `${ms / 1_000} s`).join(', ')}, each from half to one and a half`,
);
log(`${options.deliveries} ends at ${options.rate}/s; beside them ${options.beside}/s to a receiver that is well`);
await using servers = await startServers({ isProfiled: false, log: () => undefined });

async function show(name: string, isBad: boolean): Promise<Scene> {
  const scene = await play(servers, { ...options, isBad });
  const [p50, p95, p99] = [scene.p50, scene.p95, scene.p99].map(Math.round);
  log(
    `${name}: ${scene.besideCount} to the other receiver, p50 ${p50} ms, p95 ${p95} ms, p99 ${p99} ms; ${Math.round(scene.seconds)} s`,
  );
  for (const line of scene.verdict?.lines ?? []) log(`  ${line}`);
  return scene;
}

const before = await show('without', false);
const bad = await show('with the bad receiver', true);
const after = await show('without', false);
const p95 = (before.p95 + after.p95) / 2;
const share = bad.p95 / p95;
log(
  `p95 of the receiver beside it: ${Math.round(bad.p95)} ms against ${Math.round(p95)} ms, ${((share - 1) * 100).toFixed(1)} %`,
);
const wrong = [...(bad.verdict?.wrong ?? []), ...(share > HARMED_BY ? ['the receiver beside it has suffered'] : [])];
for (const line of wrong) log(`WRONG: ${line}`);
log(wrong.length === 0 ? 'All as it should be.' : 'NOT as it should be.');
process.exitCode = wrong.length === 0 ? 0 : 1;
