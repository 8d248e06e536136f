/**
 * The fleet scaled by its own backlog: real api and worker processes under a controller that does what Kubernetes' does.
 *
 *   npm run test:autoscale [-- --missions N] [--single N] [--slots N] [--max N] [--latency MS] [--scale N]
 *
 * First an account with a limit of one and its many missions, which must not scale anything; then a burst of another
 * account's, which must bring the fleet to its maximum, until all have run and it is back to its minimum. How fast it may
 * grow and shrink is read from production's manifest; how far, is what one machine carries. `--scale 5`: the controller's
 * clock runs five times as fast, missions and processes do not. Writes .results/autoscale.svg and .json; exits with 1 when
 * something is not as it should be. tests/e2e/autoscale.long.test.ts plays the same in small.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Behavior } from './hpa.ts';
import { drawPicture } from './picture.ts';
import { playCourse } from './play.ts';
import { readAutoscaler } from './read-autoscaler.ts';
import { openStage } from './stage.ts';

const log = (line: string): void => void process.stdout.write(`${line}\n`);
const { values } = parseArgs({
  options: {
    missions: { type: 'string', default: '5000' },
    single: { type: 'string', default: '1000' },
    slots: { type: 'string', default: '50' },
    max: { type: 'string', default: '8' },
    latency: { type: 'string', default: '2000' },
    scale: { type: 'string', default: '5' },
  },
});
const count = Number(values.missions);
const singleCount = Number(values.single);
const slots = Number(values.slots);
const maxReplicas = Number(values.max);
const latencyMs = Number(values.latency);
const timeScale = Number(values.scale);
const STEPS = 2;
const SINGLE_LATENCY_MS = 100;
/** Long enough for the controller to look a dozen times. */
const ALONE_FOR_MS = 40_000;
const PATIENCE_MS = 1_200_000;

const { path, minReplicas, ...production } = readAutoscaler();
const spec = { ...production, minReplicas: 1, maxReplicas };
const { scaleUp, scaleDown } = spec;
const inWords = ({ policies }: Behavior) =>
  policies.map(({ type, value, periodSeconds }) => `${value} ${type} in ${periodSeconds} s`).join(' or ');
log(
  `${path}: up ${inWords(scaleUp)}, down ${inWords(scaleDown)}; of its ${minReplicas} to ${production.maxReplicas} workers, here 1 to ${maxReplicas}`,
);
log(
  `time scale ${timeScale}: the controller looks every ${15 / timeScale} s and waits ${scaleDown.stabilizationWindowSeconds / timeScale} s before it scales down`,
);
log(`workers of ${slots} slots; ${count} missions of ${STEPS + 1} calls of ${latencyMs} ms`);

await using stage = await openStage({ slots, log: () => undefined });
const course = {
  spec,
  timeScale,
  slots,
  single: { count: singleCount, latencyMs: SINGLE_LATENCY_MS, forMs: ALONE_FOR_MS },
  burst: { count, steps: STEPS, latencyMs },
  patienceMs: PATIENCE_MS,
};
const { verdict, samples, marks, workers, costOfOne } = await playCourse(stage, course, log);
const megabytes = (bytes: number) => `${Math.round(bytes / 1_000_000)} MB`;
const lines = [
  ...verdict.lines,
  `a mission of ${STEPS + 1} calls: ${(costOfOne.databaseBytes / 1_000).toFixed(1)} KB of database (${costOfOne.events.toFixed(1)} events, ${(costOfOne.eventBytes / 1_000).toFixed(1)} KB of these), ${(costOfOne.walBytes / 1_000).toFixed(1)} KB of WAL, ${costOfOne.redisCommands.toFixed(0)} Redis commands`,
  `a worker: ${megabytes(Math.max(...workers.map(({ readyBytes }) => readyBytes ?? 0)))} when ready, ${megabytes(Math.max(...workers.map(({ mostBytes }) => mostBytes)))} at most`,
];
for (const line of lines) log(line);
mkdirSync('.results', { recursive: true });
const title = `${count} missions at once, 1 to ${maxReplicas} workers of ${slots} slots, time scale ${timeScale}`;
writeFileSync('.results/autoscale.svg', drawPicture({ title, samples, marks }));
writeFileSync('.results/autoscale.json', JSON.stringify({ title, marks, samples, lines, costOfOne }));
log('.results/autoscale.svg');
process.exitCode = verdict.isWell ? 0 : 1;
