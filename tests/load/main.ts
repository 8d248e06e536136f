/**
 * Clients of every kind at once, at a share of what the machine can: posts, reads, lists, streams, cancels, webhooks.
 *
 *   npm run test:load [-- --seconds 60] [-- --share 0.5]
 *
 * First the capacity is measured, then requests come in an open loop, whatever the answers, so that missions are posted at
 * `--share` of it. Prints how long each kind took; exits with 1 when an answer was not as it should be, a stream ended
 * before its mission, a webhook is missing, a mission is lost, or the audit finds something. One api, two workers.
 */
import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { openStage } from '../autoscale/stage.ts';
import { runOpenLoop } from '../bench/open-loop.ts';
import { createVerdict } from '../fleet/verdict.ts';
import { waitFor } from '../harness/wait-for.ts';
import { callOps } from '../integration/ops/call-ops.ts';
import { measureCapacity, startWorkers, untilDone } from '../soak/capacity.ts';
import { startReceiver } from '../webhooks/receiver.ts';
import { createMix, POST_SHARE } from './mix.ts';
import { createSender } from './send.ts';

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '60' }, share: { type: 'string', default: '0.5' } },
});
const seconds = Number(values.seconds);
const share = Number(values.share);
const SLOTS = 200;
const MEASURED_WITH = 1_000;
const SOCKETS = 500;
const WORK = { steps: 3, latencyMs: 50 };
const DELIVERED_WITHIN_MS = 60_000;
const log = (line: string): void => void process.stdout.write(`${line}\n`);
const { expectThat, isRight } = createVerdict(log);

const secret = `whsec_${randomBytes(32).toString('base64')}`;
await using receiver = await startReceiver({ secret, refuses: () => false });
await using stage = await openStage({
  slots: SLOTS,
  log: () => undefined,
  env: { WEBHOOK_LOOPBACK_PORTS: String(receiver.port) },
});
await using workers = await startWorkers(stage, 2);
const capacity = await measureCapacity(stage, { count: MEASURED_WITH, modelOptions: WORK });
const rate = Math.max(1, (capacity * share) / POST_SHARE);
log(
  `capacity ${capacity.toFixed(0)} missions/s with ${workers.opsUrls.length} workers; ${rate.toFixed(0)} requests/s for ${seconds} s`,
);

const webhook = { url: `http://127.0.0.1:${receiver.port}/hook`, secret };
const mission = { goal: 'load', model: 'sim/load', tools: ['sim_work'], modelOptions: WORK };
const sender = createSender({ url: stage.apiUrl, apiKey: stage.keys.large, sockets: SOCKETS });
const mix = createMix({
  url: stage.apiUrl,
  apiKey: stage.keys.large,
  send: sender.send,
  mission: (hasWebhook) => (hasWebhook ? { ...mission, webhook } : mission),
});
const startedAt = performance.now();
const { perSecond } = await runOpenLoop({ rate, seconds, call: mix.call });
await untilDone(stage);
const tookSeconds = (performance.now() - startedAt) / 1_000;
await mix.streamsEnded();
sender.close();

log(`${perSecond.toFixed(0)} requests/s were answered; all missions had ended after ${tookSeconds.toFixed(0)} s`);
log(
  `${'request'.padEnd(8)}${['count', 'p50 ms', 'p95 ms', 'p99 ms', 'wrong'].map((name) => name.padStart(8)).join('')}`,
);
for (const line of mix.lines()) log(line);
const refusals = mix.refusals();
expectThat(refusals.length === 0, `answers that nobody should get: ${refusals.join('; ') || 'none'}`);
expectThat(mix.cutOff() === 0, `streams that ended before their missions: ${mix.cutOff()}`);
const [ends] = await stage.query<{ missions: number; ended: number; failed: number; events: number }>(
  `SELECT count(*)::int AS missions, count(*) FILTER (WHERE status IN ('completed', 'cancelled'))::int AS ended,
          count(*) FILTER (WHERE status = 'failed')::int AS failed,
          (SELECT count(*)::int FROM mission_events WHERE created_at > now() - ${tookSeconds} * interval '1 second') AS events
   FROM missions`,
);
const accepted = mix.accepted.length + MEASURED_WITH;
expectThat(
  ends?.missions === accepted && ends.ended === accepted,
  `${accepted} missions accepted, ${ends?.missions} there, ${ends?.ended} completed or cancelled, ${ends?.failed} failed`,
);
log(`${((ends?.events ?? 0) / tookSeconds).toFixed(0)} events/s`);
const owed = mix.accepted.filter(({ hasWebhook }) => hasWebhook).map(({ id }) => id);
const missing = () => {
  const told = new Set(receiver.arrivals.flatMap(({ missionId, isTaken }) => (isTaken ? [missionId] : [])));
  return owed.filter((id) => !told.has(id)).length;
};
await waitFor(async () => missing() === 0, { what: 'webhooks', timeoutMs: DELIVERED_WITHIN_MS }).catch(() => undefined);
expectThat(missing() === 0, `${owed.length} webhooks owed, ${missing()} missing`);
const audit = await callOps(`${stage.opsUrl}/admin/audit`, { key: stage.adminKey });
expectThat(audit.status === 200, `the audit answers ${audit.status}`);
log(isRight() ? 'The load is borne.' : 'The load is NOT borne.');
process.exitCode = isRight() ? 0 : 1;
