/**
 * One api and two workers at 80 % of what they can, for long enough that what leaks shows:
 *
 *   npm run soak [-- --minutes 20]
 *
 * First all of it is warmed up and the capacity measured, then missions are posted at 80 % of it, whatever becomes of those
 * before. Judged are: memory, handles, open files and connections of every process, and the connections that Postgres and
 * Redis count, at the end against those after a quarter of the time (five of twenty minutes), within 5 %; what failed in the
 * last quarter against the second one; that no mission was refused or failed, all have run, and the audit is clean. That a
 * process tells of itself at both ends, and lives at the last, is part of it. A backlog that comes and goes is told, since
 * a machine with neighbours is not always as quick as it was when it was measured. Writes .results/soak.json; exits with 1
 * when something is not as it should be. On a machine with nothing else to do: two minutes more than asked for.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { openStage } from '../autoscale/stage.ts';
import { createVerdict } from '../fleet/verdict.ts';
import { callOps } from '../integration/ops/call-ops.ts';
import { countMissions, measureCapacity, startWorkers, untilDone } from './capacity.ts';
import { compareFailures, compareHeld } from './judge.ts';
import { heldBy, startWatch } from './watch.ts';

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '20' } } });
const seconds = Number(values.minutes) * 60;
const SHARE = 0.8;
const SLOTS = 100;
const MISSION = { steps: 3, latencyMs: 0 };
const ROUND_SECONDS = Math.min(30, seconds / 8);
const POST_EVERY_MS = 500;
/** An api that stands still is posted less to. */
const POSTED_SHARE = 0.95;
/** For what lies queued at the end: a machine that was slow may be behind by that. */
const DRAINED_WITHIN_MS = 300_000;
/** The last of each process, when something went wrong. */
const ERRORS_SHOWN = 10;
const log = (line: string): void => void process.stdout.write(`${line}\n`);
const { expectThat, isRight } = createVerdict(log);

await using stage = await openStage({ slots: SLOTS, log: () => undefined });
await using workers = await startWorkers(stage, 2);
const processes = [
  { name: 'api', opsUrl: stage.opsUrl, child: stage.api },
  ...workers.all.map(({ opsUrl, child }, index) => ({ name: `worker ${index + 1}`, opsUrl, child })),
];
const capacity = await measureCapacity(stage, { seconds: ROUND_SECONDS, modelOptions: MISSION });
const rate = Math.max(1, Math.floor(capacity * SHARE));
log(`capacity ${capacity.toFixed(0)} missions/s; ${rate}/s for ${seconds / 60} minutes`);

const watch = startWatch(stage, processes);
let posted = 0;
let accepted = 0;
const refusals = new Map<string, number>();
while (watch.secondsSoFar() < seconds) {
  const count = Math.floor(watch.secondsSoFar() * rate) - posted;
  if (count > 0) {
    const answer = await stage.post({ accountKey: stage.keys.large, count, modelOptions: MISSION });
    posted += count;
    accepted += answer.accepted;
    for (const [words, some] of answer.refusals) refusals.set(words, (refusals.get(words) ?? 0) + some);
  }
  await sleep(POST_EVERY_MS);
}
const alive = processes.filter(({ child }) => child.isAlive());
await watch.stop();
const atEnd = await countMissions(stage);
const drainedFrom = Date.now();
const isDrained = await untilDone(stage, { withinMs: DRAINED_WITHIN_MS });
const drainSeconds = (Date.now() - drainedFrom) / 1_000;

const shown = (value: number | null) => (value === null ? '–' : value.toFixed(1)).padStart(9);
log(`\n${'after a quarter of the time and at the end'.padEnd(52)}${'before'.padStart(9)}${'after'.padStart(9)}`);
const heldRows = compareHeld(watch.seen, { all: heldBy(processes), seconds });
for (const { process, what, before, after, isRight: isFine } of heldRows) {
  expectThat(isFine, `${`${process}, ${what}`.padEnd(45)}${shown(before)}${shown(after)}`);
}
log(`\n${'failures in the second and the last quarter'.padEnd(52)}${'before'.padStart(9)}${'after'.padStart(9)}`);
const failureRows = compareFailures(watch.seen, { seconds });
for (const { failure, before, after, isRight: isFine } of failureRows) {
  expectThat(isFine, `${failure.padEnd(45)}${shown(before)}${shown(after)}`);
}
log('');
expectThat(alive.length === processes.length, `${alive.length} of ${processes.length} processes live at the end`);
const refused = [...refusals].map(([words, count]) => `${count} × ${words}`);
const due = Math.floor(seconds * rate);
expectThat(posted >= due * POSTED_SHARE, `${posted} missions posted, ${due} were to be`);
expectThat(accepted === posted, `${posted - accepted} missions refused ${refused.join(', ')}`);
const failed = watch.seen.reduce((most, { failures }) => Math.max(most, failures['requests failed'] ?? 0), 0);
expectThat(failed === 0, `requests that the api failed: ${failed}`);
const most = Math.max(0, ...watch.backlog.map(({ missions }) => missions));
expectThat(isDrained, `backlog: ${most} at most, ${atEnd.left} at the end, gone after ${drainSeconds.toFixed(0)} s`);
const { missions, completed } = await countMissions(stage);
expectThat(missions === completed && missions >= accepted, `${completed} of ${missions} missions completed`);
const audit = await callOps(`${stage.opsUrl}/admin/audit`, { key: stage.adminKey }).catch(() => null);
expectThat(audit?.status === 200, `the audit answers ${audit?.status ?? 'nothing'}`);
log(isRight() ? 'Nothing grows.' : 'NOT as it should be.');
if (!isRight()) {
  for (const { name, child } of processes) {
    const errors = child
      .output()
      .split('\n')
      .filter((line) => /\berror\b/.test(line));
    for (const line of errors.slice(-ERRORS_SHOWN)) log(`${name} said: ${line}`);
  }
}

mkdirSync('.results', { recursive: true });
const { seen, backlog } = watch;
const summary = {
  seconds,
  capacity,
  rate,
  posted,
  accepted,
  refusals: Object.fromEntries(refusals),
  isRight: isRight(),
};
const found = {
  held: heldRows,
  failures: failureRows,
  missions: { missions, completed },
  backlog: { most, atEnd: atEnd.left, drainSeconds },
};
writeFileSync('.results/soak.json', JSON.stringify({ ...summary, ...found, seen, backlogs: backlog }));
process.exitCode = isRight() ? 0 : 1;
