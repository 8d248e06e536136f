/**
 * Ten thousand webhooks to a receiver that refuses a third of them at random, dies and comes back, and another receiver
 * beside it that is well:
 *
 *   npm run test:webhooks [-- --deliveries N] [--rate N] [--beside N] [--seed N]
 *
 * The schedule is cut down to seconds (DELIVERY_SCHEDULE). The same ends at the same rates are also told to receivers
 * that are well, before, between and after, each time from the beginning with fresh processes, and with as many POSTs,
 * those that are made again told to a third: what is compared is what a bad receiver costs the one beside it, not what
 * load does, and a machine that gets slower shows. Exits with 1 unless
 * every end was told under one id, in the order and at the times that the schedule says, and the median of the 95th
 * percentiles of the receiver beside it is within 5 %.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { startServers } from '../bench/servers.ts';
import { createRandom } from '../chaos/random.ts';
import { play, type Scene, WARM_UP_MS } from './scene.ts';

const SCHEDULE_MS = [1_000, 2_000, 2_000, 3_000, 3_000, 5_000, 5_000, 5_000, 5_000];
const REFUSED_SHARE = 0.3;
const DEAD_FOR_MS = 10_000;
const HARMED_BY = 1.05;
const IS_BAD = [false, true, false, true, false];

const { values } = parseArgs({
  options: {
    deliveries: { type: 'string', default: '10000' },
    rate: { type: 'string', default: '20' },
    beside: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
const log = (line: string): void => void process.stdout.write(`${line}\n`);
const options = {
  deliveries: Math.ceil(Number(values.deliveries) / IS_BAD.filter(Boolean).length),
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
log(
  `${options.deliveries} ends a scene, half as many beside one that is well, at ${options.rate}/s, and ${options.beside}/s beside them to a receiver that is well, ` +
    `both after ${WARM_UP_MS / 1_000} s of the same that are not measured`,
);
await using servers = await startServers({ isProfiled: false, log: () => undefined });

async function show(isBad: boolean): Promise<Scene & { isBad: boolean }> {
  const deliveries = isBad ? options.deliveries : Math.ceil(options.deliveries / 2);
  const scene = await play(servers, { ...options, deliveries, isBad });
  const [p50, p95, p99] = [scene.p50, scene.p95, scene.p99].map(Math.round);
  log(
    `${isBad ? 'beside a bad receiver' : 'beside one that is well'}: ${scene.besideCount} told, p50 ${p50} ms, ` +
      `p95 ${p95} ms, p99 ${p99} ms; ${scene.cores.toFixed(2)} of ${availableParallelism()} cores; ${Math.round(scene.seconds)} s`,
  );
  for (const line of scene.lines) log(`  ${line}`);
  return { ...scene, isBad };
}

const scenes: Awaited<ReturnType<typeof show>>[] = [];
for (const isBad of IS_BAD) scenes.push(await show(isBad));
const p95sOf = (isBad: boolean) => scenes.flatMap((scene) => (scene.isBad === isBad ? scene.p95 : []));
const [control, bad] = [middle(p95sOf(false)), middle(p95sOf(true))];
const percentOf = (ms: number) => `${ms < control ? '−' : '+'}${Math.abs((ms / control - 1) * 100).toFixed(1)} %`;
log(`p95 beside receivers that are well: median ${Math.round(control)} ms, ${p95sOf(false).map(percentOf).join(', ')}`);
log(`p95 beside the bad one: median ${Math.round(bad)} ms, ${percentOf(bad)}`);
const wrong = [
  ...scenes.flatMap((scene) => scene.wrong),
  ...(bad / control > HARMED_BY ? ['the receiver beside the bad one has suffered'] : []),
];
for (const line of wrong) log(`WRONG: ${line}`);
log(wrong.length === 0 ? 'All as it should be.' : 'NOT as it should be.');
process.exitCode = wrong.length === 0 ? 0 : 1;

/** The median; of an even number, the mean of the two in the middle. */
function middle(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const [below, above] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.floor(sorted.length / 2)]];
  return ((below ?? Number.NaN) + (above ?? Number.NaN)) / 2;
}
