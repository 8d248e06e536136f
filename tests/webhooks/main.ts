/**
 * Ten thousand webhooks to a receiver that refuses a third of them at random, dies and comes back, and another receiver
 * beside it that is well:
 *
 *   npm run test:webhooks [-- --deliveries N] [--rate N] [--beside N] [--seed N]
 *
 * The schedule is cut down to seconds (DELIVERY_SCHEDULE). The receiver is well and bad by turns, many times, with as many
 * POSTs in all at all times, and as many of them at moments of their own: what is compared is what a bad receiver costs
 * the one beside it, not what load does, nor a machine that is slower at one time than at another (scenes of minutes, one
 * after the other, differed by 80 % among themselves). Exits with 1 unless every end was told under one id, in the order
 * and at the times that the schedule says, and the 95th percentile of the receiver beside it is within 5 %.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { startServers } from '../bench/servers.ts';
import { percentile } from '../bench/statistics.ts';
import { createRandom } from '../chaos/random.ts';
import { type Phase, play } from './scene.ts';

const SCHEDULE_MS = [1_000, 2_000, 2_000, 3_000, 3_000, 5_000, 5_000, 5_000, 5_000];
const REFUSED_SHARE = 0.3;
const DEAD_FOR_MS = 10_000;
const HARMED_BY = 1.05;
const PHASE_SECONDS = 40;

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
  deliveries: Number(values.deliveries),
  rate: Number(values.rate),
  beside: Number(values.beside),
  phaseSeconds: PHASE_SECONDS,
  schedule: SCHEDULE_MS,
  refusedShare: REFUSED_SHARE,
  deadForMs: DEAD_FOR_MS,
  random: createRandom(Number(values.seed)),
};

log(
  `seed ${values.seed}; schedule ${SCHEDULE_MS.map((ms) => `${ms / 1_000} s`).join(', ')}, each from half to one and a half`,
);
log(
  `${options.rate} ends a second to a receiver that is bad for ${options.deliveries} of them, ${PHASE_SECONDS} s at a time, and ` +
    `${options.beside}/s to one beside it`,
);
await using servers = await startServers({ isProfiled: false, log: () => undefined });
const scene = await play(servers, options);
const cores = `${scene.cores.toFixed(2)} of ${availableParallelism()} cores`;
for (const line of [`${Math.round(scene.seconds)} s, ${cores}`, ...scene.lines]) log(line);

const p95Of = (phases: readonly Phase[]) => shareOf(phases, 95);
const shareOf = (phases: readonly Phase[], share: number) =>
  percentile(
    phases.flatMap(({ lateMs }) => lateMs),
    share,
  );
const percentOf = (ms: number, of: number) => `${ms < of ? '−' : '+'}${Math.abs((ms / of - 1) * 100).toFixed(1)} %`;
function show(name: string, phases: readonly Phase[]): void {
  const count = phases.reduce((sum, { lateMs }) => sum + lateMs.length, 0);
  const [p50, p95, p99] = [50, 95, 99].map((share) => Math.round(shareOf(phases, share)));
  const each = phases.map((phase) => Math.round(p95Of([phase]))).join(' ');
  log(`${name}: ${count} told beside it, p50 ${p50} ms, p95 ${p95} ms, p99 ${p99} ms; p95 of each phase ${each}`);
}
const well = scene.phases.filter(({ isBad }) => !isBad);
const bad = scene.phases.filter(({ isBad }) => isBad);
show('while it is well', well);
show('while it is bad', bad);
const [even, odd] = [0, 1].map((rest) => p95Of(well.filter((_, index) => index % 2 === rest)));
log(
  `p95 while it is well, every other phase beside those between: ${percentOf(odd ?? Number.NaN, even ?? Number.NaN)}`,
);
log(`p95 while it is bad: ${percentOf(p95Of(bad), p95Of(well))}`);
const isUnharmed = p95Of(bad) <= HARMED_BY * p95Of(well);
const wrong = [...scene.wrong, ...(isUnharmed ? [] : ['the receiver beside the bad one has suffered'])];
for (const line of wrong) log(`WRONG: ${line}`);
log(wrong.length === 0 ? 'All as it should be.' : 'NOT as it should be.');
process.exitCode = wrong.length === 0 ? 0 : 1;
