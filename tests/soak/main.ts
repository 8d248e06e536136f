/**
 * One api and two workers at 80 % of what they can, for long enough that what leaks shows:
 *
 *   npm run soak [-- --minutes 20]
 *
 * First the capacity is measured, then missions are posted at 80 % of it, whatever the answers. Memory, handles, open files
 * and connections of every process at the end are held against those after a quarter of the time (five of twenty minutes),
 * within 5 %; no request and no mission may fail, all must have run, and the audit must be clean. On a machine with nothing
 * else to do. Exits with 1 when something is not as it should be.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { openStage } from '../autoscale/stage.ts';
import { callOps } from '../integration/ops/call-ops.ts';
import { scrape } from '../integration/ops/scrape.ts';
import { measureCapacity, startWorkers, untilDone } from './capacity.ts';
import { HELD, type HeldName, meanOf, startWatch } from './watch.ts';

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '20' } } });
const seconds = Number(values.minutes) * 60;
const SHARE = 0.8;
const MEASURED_WITH = 2_000;
const SLOTS = 100;
const MISSION = { steps: 3, latencyMs: 0 };
const MAY_GROW = 0.05;
const WINDOW_SECONDS = Math.min(60, seconds / 8);
const log = (line: string): void => void process.stdout.write(`${line}\n`);

await using stage = await openStage({ slots: SLOTS, log: () => undefined });
await using workers = await startWorkers(stage, 2);
const processes = [
  { name: 'api', opsUrl: stage.opsUrl },
  ...workers.opsUrls.map((opsUrl, index) => ({ name: `worker ${index + 1}`, opsUrl })),
];
const capacity = await measureCapacity(stage, { count: MEASURED_WITH, modelOptions: MISSION });
const rate = Math.max(1, Math.floor(capacity * SHARE));
log(`capacity ${capacity.toFixed(0)} missions/s; ${rate}/s for ${seconds / 60} minutes`);

const watch = startWatch(processes);
let posted = 0;
while (watch.secondsSoFar() < seconds) {
  const due = Math.floor(watch.secondsSoFar() * rate) - posted;
  if (due > 0) await stage.post({ accountKey: stage.keys.large, count: due, modelOptions: MISSION });
  posted += Math.max(0, due);
  await sleep(500);
}
await watch.stop();
await untilDone(stage);

let isWell = true;
function check(isFine: boolean, line: string): void {
  log(`${isFine ? 'ok ' : 'NOT'} ${line}`);
  isWell &&= isFine;
}
const end = Math.max(...watch.seen.map(({ atSeconds }) => atSeconds));
const names = Object.keys(HELD) as HeldName[];
for (const { name: process } of processes) {
  for (const what of names) {
    const before = meanOf(watch.seen, { process, what, from: seconds / 4, to: seconds / 4 + WINDOW_SECONDS });
    const after = meanOf(watch.seen, { process, what, from: end - WINDOW_SECONDS, to: end + 1 });
    const shown = (value: number) => (what === 'resident MB' ? value / 1e6 : value).toFixed(1);
    check(after <= before * (1 + MAY_GROW), `${process}, ${what}: ${shown(before)} → ${shown(after)}`);
  }
}
const api = await scrape(stage.opsUrl);
const failed = ['500', '503', '504'].reduce(
  (sum, status) => sum + api('flotilla_http_request_duration_seconds_count', { status }),
  0,
);
check(failed === 0, `requests that the api failed: ${failed}`);
const [ends] = await stage.query<{ missions: number; completed: number }>(
  `SELECT count(*)::int AS missions, count(*) FILTER (WHERE status = 'completed')::int AS completed FROM missions`,
);
check(ends?.missions === ends?.completed, `${ends?.completed} of ${ends?.missions} missions completed`);
const audit = await callOps(`${stage.opsUrl}/admin/audit`, { key: stage.adminKey });
check(audit.status === 200, `the audit answers ${audit.status}`);
process.exitCode = isWell ? 0 : 1;
