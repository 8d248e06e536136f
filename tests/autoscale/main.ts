/**
 * The fleet scaled by its own backlog: real api and worker processes under a controller that does what Kubernetes' does.
 *
 *   npm run test:autoscale [-- --missions N] [--single N] [--slots N] [--max N] [--latency MS] [--scale N]
 *
 * First an account with a limit of one and its many missions, which must not scale anything; then a burst of another
 * account's, until all have run and the fleet is back to its minimum. `--scale 5`: the controller's clock runs five times
 * as fast, missions and processes do not. Writes .results/autoscale.svg and .json; exits with 1 when something is not as
 * it should be.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startControl } from './control.ts';
import { startCosts } from './costs.ts';
import { HPA_DEFAULTS } from './hpa.ts';
import { drawPicture, type Mark } from './picture.ts';
import { openStage } from './stage.ts';
import { judge } from './verdict.ts';
import { createWorkers } from './workers.ts';

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

await using stage = await openStage({ slots, log: () => undefined });
await using workers = createWorkers(stage.workerEnv);
const spec = { minReplicas: 1, maxReplicas, target: 1, ...HPA_DEFAULTS };
log(
  `time scale ${timeScale}: the controller looks every ${15 / timeScale} s and waits ${300 / timeScale} s before it scales down`,
);
log(`1 to ${maxReplicas} workers of ${slots} slots; ${count} missions of ${STEPS + 1} calls of ${latencyMs} ms`);
const control = startControl({ stage, workers, spec, timeScale });
const marks: Mark[] = [];
const mark = (text: string) => {
  marks.push({ atSeconds: control.secondsSoFar(), text });
  log(`${String(Math.round(control.secondsSoFar())).padStart(4)} s  ${text}`);
};
await control.until('the first worker', ({ ready }) => ready >= 1, PATIENCE_MS);

mark(`${singleCount} missions of an account with a limit of one`);
await stage.post({
  accountKey: stage.keys.single,
  count: singleCount,
  modelOptions: { steps: 0, latencyMs: SINGLE_LATENCY_MS },
});
await sleep(ALONE_FOR_MS);
const alone = [...control.samples];
const costs = await startCosts(stage);

mark(`${count} missions at once`);
await stage.post({ accountKey: stage.keys.large, count, modelOptions: { steps: STEPS, latencyMs } });
const ended = async () => {
  const [row] = await stage.query<{ left: number }>(
    'SELECT count(*)::int AS left FROM missions m JOIN accounts a ON a.id = m.account_id WHERE a.name = $$large$$ AND m.finished_at IS NULL',
  );
  return row?.left === 0;
};
while (!(await ended())) await sleep(500);
mark('all of them have run');
const costOfOne = await costs.perMission(count);
await control.until('the minimum', ({ replicas }) => replicas === spec.minReplicas, PATIENCE_MS);
await workers.settled();
mark('back to the minimum');
await control.until(
  'the last of the limited account',
  ({ runnable, running }) => runnable + running === 0,
  PATIENCE_MS,
);
await control.stop();

const verdict = await judge({
  stage,
  workers: workers.worked(),
  burst: { count, calls: STEPS + 1 },
  single: {
    count: singleCount,
    mostDesired: Math.max(...alone.map(({ desired }) => desired ?? 0)),
    mostReplicas: Math.max(...alone.map(({ replicas }) => replicas)),
  },
  idealSeconds: (count * (STEPS + 1) * latencyMs) / 1_000 / (maxReplicas * slots),
  oldestSeconds: Math.max(...control.samples.map(({ oldestSeconds }) => oldestSeconds)),
  backToMinimum: workers.replicas() === spec.minReplicas,
});
const megabytes = (bytes: number) => `${Math.round(bytes / 1_000_000)} MB`;
const lines = [
  ...verdict.lines,
  `a mission of ${STEPS + 1} calls: ${(costOfOne.databaseBytes / 1_000).toFixed(1)} KB of database (${costOfOne.events.toFixed(1)} events, ${(costOfOne.eventBytes / 1_000).toFixed(1)} KB of these), ${(costOfOne.walBytes / 1_000).toFixed(1)} KB of WAL, ${costOfOne.redisCommands.toFixed(0)} Redis commands`,
  `a worker: ${megabytes(Math.max(...workers.worked().map(({ readyBytes }) => readyBytes ?? 0)))} when ready, ${megabytes(Math.max(...workers.worked().map(({ mostBytes }) => mostBytes)))} at most`,
];
for (const line of lines) log(line);
mkdirSync('.results', { recursive: true });
const title = `${count} missions at once, 1 to ${maxReplicas} workers of ${slots} slots, time scale ${timeScale}`;
writeFileSync('.results/autoscale.svg', drawPicture({ title, samples: control.samples, marks }));
writeFileSync('.results/autoscale.json', JSON.stringify({ title, marks, samples: control.samples, lines, costOfOne }));
log('.results/autoscale.svg');
process.exitCode = verdict.isWell ? 0 : 1;
