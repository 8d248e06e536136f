/**
 * Past the limit, until the API turns requests away, and back:
 *
 *   npm run test:stress [-- --seconds 10]
 *
 * Ever more clients post batches without a pause, until the process says that it has more to do than it can (503
 * `overloaded`; an account's full backlog, 429, is another limit, and must not be met); then they go on for `--seconds`. Every
 * refusal must have a Retry-After, `/healthz` must go on saying that the process lives and `/readyz` that its load is too
 * much; once they are gone, it must say so within seconds and answer as quickly as before. All that was accepted must run,
 * and the audit be clean. Exits with 1 when something is not as it should be.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { openStage } from '../autoscale/stage.ts';
import { runOpenLoop } from '../bench/open-loop.ts';
import { percentile } from '../bench/statistics.ts';
import { createVerdict } from '../fleet/verdict.ts';
import { callOps } from '../integration/ops/call-ops.ts';
import { countMissions, startWorkers, untilDone } from '../soak/capacity.ts';
import { watchHealth } from './health-watch.ts';
import { type Answer, createSender } from './send.ts';

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '10' } } });
const stormMs = Number(values.seconds) * 1_000;
const WIDTHS = [10, 25, 50, 100, 200, 400];
/** Missions in a request of the storm: what costs a client little and the API much. */
const AT_ONCE = 100;
const STAGE_MS = 4_000;
/** A client that was refused and has not read why: it comes again at once, or nearly. */
const REFUSED_PAUSE_MS = 100;
const CALM = { rate: 20, seconds: 5 };
/** As quick as before, but for what a machine is off by; below this, nobody asks. */
const MAY_TAKE_TIMES = 3;
const MAY_TAKE_MS = 100;
const BACK_WITHIN_MS = 5_000;
/** For what was accepted in the storm. */
const DRAINED_WITHIN_MS = 600_000;
const MANY = '100000';
type Batch = { accepted: number; data: { problem?: { code: string } }[] };
const log = (line: string): void => void process.stdout.write(`${line}\n`);
const { expectThat, isRight } = createVerdict(log);

await using stage = await openStage({
  slots: 200,
  log: () => undefined,
  // Of one client's rate the limits by key and address are; here the process itself is to come to its end.
  env: {
    ADDRESS_RATE_LIMIT: MANY,
    KEY_RATE_LIMITS: `paid=${MANY}`,
    ACCOUNT_RATE_LIMITS: `paid=${MANY}`,
    SHED_LOOP_DELAY_MS: '100',
  },
});
await using _workers = await startWorkers(stage, 1);
const sender = createSender({ url: stage.apiUrl, apiKey: stage.keys.large, sockets: Number.POSITIVE_INFINITY });
const mission = { goal: 'stress', model: 'sim/load', modelOptions: { steps: 0 } };
const one = JSON.stringify(mission);
const many = JSON.stringify({ missions: Array.from({ length: AT_ONCE }, () => mission) });
/** Missions that the API has said it accepted; those whose answer never came may be there or not. */
let accepted = 0;
/** Missions refused in a batch that was answered with 200, by why. */
const refusedItems = new Map<string, number>();
const answers: (Answer & { atMs: number })[] = [];
const startedAt = performance.now();

const isTaken = ({ status }: Pick<Answer, 'status'>) => status === 202 || status === 200;

async function post(path: string, body: string): Promise<Answer> {
  const answer = await sender.send({ method: 'POST', path, body });
  if (answer.status === 202) accepted += 1;
  if (answer.status === 200) {
    const batch: Batch = JSON.parse(answer.text);
    accepted += batch.accepted;
    for (const { problem } of batch.data) {
      if (problem) refusedItems.set(problem.code, (refusedItems.get(problem.code) ?? 0) + 1);
    }
  }
  answers.push({ ...answer, text: isTaken(answer) ? '' : answer.text, atMs: performance.now() - startedAt });
  return answer;
}

async function calm(): Promise<number> {
  const { latenciesMs } = await runOpenLoop({ ...CALM, call: async () => void (await post('/v1/missions', one)) });
  return percentile(latenciesMs, 95);
}

/** So many clients, each posting as soon as it was answered. */
async function storm(width: number, forMs: number): Promise<void> {
  const end = performance.now() + forMs;
  async function client(): Promise<void> {
    while (performance.now() < end) {
      if (!isTaken(await post('/v1/missions/batch', many))) await sleep(REFUSED_PAUSE_MS);
    }
  }
  await Promise.all(Array.from({ length: width }, client));
}

const isRefusal = ({ status }: Pick<Answer, 'status'>) => status === 503 || status === 429;
const codeOf = ({ text }: Answer): string => /"code":"(\w+)"/.exec(text)?.[1] ?? 'no code';
/** A 503 may also be a database that did not answer in time. */
const isShed = (answer: Answer) => answer.status === 503 && codeOf(answer) === 'overloaded';
const countOf = (from: number) => {
  const counts = Map.groupBy(answers.slice(from), ({ status }) => status);
  return [...counts].toSorted(([a], [b]) => a - b).map(([status, some]) => `${status}: ${some.length}`);
};

await calm();
const before = await calm();
log(`before: p95 ${before.toFixed(1)} ms at ${CALM.rate}/s`);
const health = watchHealth(stage.opsUrl);
let width = 0;
for (const next of WIDTHS) {
  const from = answers.length;
  width = next;
  await storm(width, STAGE_MS);
  log(`${String(width).padStart(5)} clients: ${countOf(from).join(', ')}`);
  if (answers.slice(from).some(isShed)) break;
}
const from = answers.length;
await storm(width, stormMs);
const overMs = performance.now() - startedAt;
log(`${String(width).padStart(5)} clients, ${values.seconds} s more: ${countOf(from).join(', ')}`);
const refused = answers.filter(isRefusal);
const shed = refused.filter(isShed);
const codes = Map.groupBy(refused, (answer) => `${answer.status} ${codeOf(answer)}`);
const codeCounts = [...codes].map(([code, some]) => `${some.length} × ${code}`).join(', ');
expectThat(shed.length > 0, `turned away: ${codeCounts || 'nobody'}`);
const others = refused.filter(({ status }) => status === 429).length;
expectThat(others === 0, `turned away by a limit of the account, the key or the address: ${others}`);
const items = [...refusedItems].map(([code, count]) => `${count} × ${code}`).join(', ');
expectThat(refusedItems.size === 0, `missions refused in batches that were answered: ${items || 'none'}`);
const silent = refused.filter(({ retryAfter }) => retryAfter === null).length;
expectThat(silent === 0, `refusals without Retry-After: ${silent}`);
const strange = answers.filter((answer) => !isTaken(answer) && !isRefusal(answer));
expectThat(
  strange.length === 0,
  `other answers: ${strange.length} ${strange[0]?.status ?? ''} ${strange[0]?.text ?? ''}`,
);

await sleep(BACK_WITHIN_MS);
const isDrained = await untilDone(stage, { withinMs: DRAINED_WITHIN_MS });
expectThat(
  isDrained,
  `what was accepted has ended after ${((performance.now() - startedAt - overMs) / 1_000).toFixed(0)} s`,
);
const after = await calm();
const lateShed = answers.filter((answer) => answer.atMs > overMs + BACK_WITHIN_MS && isRefusal(answer)).length;
await health.stop();
const { said } = health;
expectThat(lateShed === 0, `turned away more than ${BACK_WITHIN_MS / 1_000} s after the storm: ${lateShed}`);
expectThat(
  said.every(({ live }) => live === 200),
  `/healthz: ${said.length} times, ${said.filter(({ live }) => live !== 200).length} not 200`,
);
const tellsOfIt = said.some(({ load }) => load !== 'ok');
expectThat(tellsOfIt, `/readyz says what its load is: ${tellsOfIt ? 'too much' : 'ok'} in the storm`);
expectThat(said.at(-1)?.load === 'ok' && said.at(-1)?.ready === 200, `and ${said.at(-1)?.load} at the end`);
const bar = Math.max(MAY_TAKE_MS, before * MAY_TAKE_TIMES);
expectThat(after <= bar, `after: p95 ${after.toFixed(1)} ms, ${bar.toFixed(0)} allowed`);

await untilDone(stage, { withinMs: DRAINED_WITHIN_MS });
sender.close();
const unanswered = answers.some((answer) => !isTaken(answer) && !isRefusal(answer));
const { missions, completed } = await countMissions(stage);
// What was posted without an answer may be there or not; what is there must have run.
expectThat(
  completed === missions && (unanswered ? missions >= accepted : missions === accepted),
  `${accepted} missions accepted, ${missions} there, ${completed} completed`,
);
const audit = await callOps(`${stage.opsUrl}/admin/audit`, { key: stage.adminKey });
expectThat(audit.status === 200, `the audit answers ${audit.status}`);
log(isRight() ? 'The limit holds.' : 'The limit does NOT hold.');
process.exitCode = isRight() ? 0 : 1;
