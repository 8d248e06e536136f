/**
 * Clients of every kind at once, at a share of what the machine can: posts, reads, lists, streams, cancels, long polls,
 * webhooks.
 *
 *   npm run test:load [-- --seconds 60] [-- --share 0.06]
 *
 * First the capacity is measured, of missions alone that are posted many at a time; then requests come in an open loop,
 * whatever the answers, so that missions are posted at `--share` of it. A sixteenth unless told otherwise: the capacity
 * is that of workers fed by batches, while here each mission brings a post of its own, one and a half other requests,
 * webhooks and these clients themselves along, all on the same two cores, of which one api process has one at most: it
 * answers some 150 such requests a second where a page of a list costs it 10 ms. The first ten seconds warm up: what they
 * took is told beside, and held against nothing. Prints how long each kind took, beside
 * the requirements' bars; exits with 1 when one is missed or nothing was measured for it, events or answers come at a
 * lower rate than they should, an answer was not as it should be, a stream ended before its mission, a webhook is
 * missing, a mission is lost, or the audit finds something. One api, two workers.
 */
import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { openStage } from '../autoscale/stage.ts';
import { runOpenLoop } from '../bench/open-loop.ts';
import { startServers } from '../bench/servers.ts';
import { percentile } from '../bench/statistics.ts';
import { createVerdict } from '../fleet/verdict.ts';
import { waitFor } from '../harness/wait-for.ts';
import { callOps } from '../integration/ops/call-ops.ts';
import { countMissions, measureCapacity, startWorkers, untilDone } from '../soak/capacity.ts';
import { startReceiver } from '../webhooks/receiver.ts';
import { BAR_HEADER, holdAgainstBars } from './bars.ts';
import { createMix, POST_SHARE } from './mix.ts';
import { createSender } from './send.ts';

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '60' }, share: { type: 'string', default: '0.06' } },
});
const seconds = Number(values.seconds);
const share = Number(values.share);
const SLOTS = 200;
const ROUND_SECONDS = 10;
/** Until a process has compiled what answers single requests, which the capacity's batches do not use. */
const WARM_SECONDS = 10;
const SOCKETS = 500;
const WORK = { steps: 3, latencyMs: 50 };
const DELIVERED_WITHIN_MS = 60_000;
const DRAINED_WITHIN_MS = 120_000;
const STREAMS_END_WITHIN_MS = 10_000;
/** That is sustained, by the requirements. */
const EVENTS_PER_SECOND = 210;
/** Of the requests' rate; the last ones are answered after the end. */
const ANSWERED_SHARE = 0.9;
const log = (line: string): void => void process.stdout.write(`${line}\n`);
const { expectThat, isRight } = createVerdict(log);

const secret = `whsec_${randomBytes(32).toString('base64')}`;
await using receiver = await startReceiver({ secret, refuses: () => false });
await using servers = await startServers({ isProfiled: false, log: () => undefined });
await using database = await servers.createDatabase({ migrated: true });
await using stage = await openStage({
  slots: SLOTS,
  log: () => undefined,
  stores: { databaseUrl: database.url, redisUrl: servers.redisUrl },
  env: { WEBHOOK_LOOPBACK_PORTS: String(receiver.port) },
});
await using workers = await startWorkers(stage, 2);
const capacity = await measureCapacity(stage, { seconds: ROUND_SECONDS, modelOptions: WORK });
const before = await countMissions(stage);
const rate = Math.max(1, (capacity * share) / POST_SHARE);
log(
  `capacity ${capacity.toFixed(0)} missions/s with ${workers.all.length} workers; ${rate.toFixed(0)} requests/s for ${seconds} s`,
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
/** Processor time used so far, in seconds of one core. */
function used(): Record<string, number> {
  const { user, system } = process.cpuUsage();
  const ofWorkers = workers.all.reduce((sum, { child }) => sum + child.processorSeconds(), 0);
  const own = { api: stage.api.processorSeconds(), workers: ofWorkers, 'these clients': (user + system) / 1e6 };
  return { ...own, ...servers.processorSeconds() };
}

await runOpenLoop({ rate, seconds: WARM_SECONDS, call: mix.call });
const { latenciesMs: cold } = mix.takeTimes();
const coldP95 = (['post', 'read', 'list'] as const).map(
  (what) => `${what} ${percentile(cold[what], 95).toFixed(0)} ms`,
);
log(`the first ${WARM_SECONDS} s, which warm up and are not counted: p95 ${coldP95.join(', ')}`);
const usedBefore = used();
const startedAt = performance.now();
const { perSecond } = await runOpenLoop({ rate, seconds, call: mix.call });
const cores = Object.entries(used()).map(([name, now]) => {
  const ofOneCore = ((now - (usedBefore[name] ?? 0)) * 1_000) / (performance.now() - startedAt);
  return `${name} ${ofOneCore.toFixed(2)}`;
});
log(`cores of ${availableParallelism()}: ${cores.join(', ')}`);
const isDrained = await untilDone(stage, { withinMs: DRAINED_WITHIN_MS });
const tookSeconds = (performance.now() - startedAt) / 1_000;
const areStreamsEnded = await Promise.race([
  mix.streamsEnded().then(() => true),
  sleep(STREAMS_END_WITHIN_MS, false, { ref: false }),
]);
sender.close();
const { accepted, cutOff, refusals } = mix.seen;

expectThat(isDrained, `all missions had ended after ${tookSeconds.toFixed(0)} s`);
expectThat(
  perSecond >= rate * ANSWERED_SHARE,
  `${perSecond.toFixed(0)} of ${rate.toFixed(0)} requests/s were answered`,
);
const [ends] = await stage.query<{ missions: number; ended: number; failed: number; events: number }>(
  `SELECT count(*)::int AS missions, count(*) FILTER (WHERE status IN ('completed', 'cancelled'))::int AS ended,
          count(*) FILTER (WHERE status = 'failed')::int AS failed,
          (SELECT count(*)::int FROM mission_events WHERE created_at > now() - ${tookSeconds} * interval '1 second') AS events
   FROM missions`,
);
const eventsPerSecond = (ends?.events ?? 0) / tookSeconds;
expectThat(
  eventsPerSecond >= EVENTS_PER_SECOND,
  `${eventsPerSecond.toFixed(0)} events/s, at least ${EVENTS_PER_SECOND}`,
);
const cancelled = await stage.query<{ id: string; endedAt: number }>(
  `SELECT id, extract(epoch FROM finished_at)::float8 * 1000 AS "endedAt" FROM missions WHERE status = 'cancelled'`,
);
log(`       ${BAR_HEADER}`);
const rows = holdAgainstBars(mix.takeTimes(), new Map(cancelled.map(({ id, endedAt }) => [id, endedAt])));
for (const { line, isRight: isFine } of rows) expectThat(isFine, line);
const strange = [...refusals].map(([what, count]) => `${count} × ${what}`);
expectThat(strange.length === 0, `answers that nobody should get: ${strange.join('; ') || 'none'}`);
expectThat(
  areStreamsEnded && cutOff === 0,
  `streams that ended before their missions: ${cutOff}; ${areStreamsEnded ? 'none' : 'some'} did not end`,
);
const there = before.ended + accepted.length;
expectThat(
  ends?.missions === there && ends.ended === there,
  `${accepted.length} missions accepted, ${(ends?.missions ?? 0) - before.ended} there, ${(ends?.ended ?? 0) - before.ended} completed or cancelled, ${ends?.failed} failed`,
);
const owed = accepted.filter(({ hasWebhook }) => hasWebhook).map(({ id }) => id);
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
