/**
 * A backup is worth what its restore has shown: docs/operations.md, "Backup and restore", step by step, under load.
 *
 *   npm run test:restore [-- --seconds 6]
 *
 * A base backup is taken while missions run, the WAL is archived, and some seconds later everything is lost: api and
 * workers by SIGKILL, Postgres with its data, Redis. The data comes back as of a moment in between. Then every mission
 * accepted by that moment must end, those that had ended must be as they were, what came later must be gone, readers of
 * the account's log must go on, and the audit must be clean. `--seconds`: how long each stretch of the load is.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Database, LogPlace } from '@flotilla/db';
import { startLoad } from '../chaos/stage/load.ts';
import { openServers } from '../chaos/stage/servers.ts';
import { openDatabase, openStage } from '../chaos/stage/stage.ts';
import { createVerdict } from '../fleet/verdict.ts';
import { waitFor } from '../harness/wait-for.ts';
import { takeBaseBackup } from './base-backup.ts';
import { archiveInto, passTransactions, prepareRecovery, untilArchived } from './recovery.ts';

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '6' } } });
const stretchMs = Number(values.seconds) * 1_000;
const log = (line: string): void => void process.stdout.write(`${line}\n`);
const { expectThat, isRight } = createVerdict(log);
/** A reply may have been on its way, and an end be committed a while after its time was taken. */
const MARGIN_MS = 1_000;
const ENDS_WITHIN_MS = 120_000;
const LOAD = { burst: 60, perSecond: 10, steps: 2, latencyMs: [300, 1_500] as [number, number] };
/** Of each second that is lost; docs/operations.md. */
const TRANSACTIONS_PER_SECOND = 2_000;

let archive = '';
await using servers = await openServers(async (dir) => {
  archive = join(dir, 'archive');
  return archiveInto(archive);
});
await using stage = await openStage(servers, {
  setting: { workers: 2 },
  name: 'restore',
  backend: 'redis',
  seed: 1,
  dir: join(import.meta.dirname, '../../.results/restore'),
  isShort: false,
});
const { postgres, redis, fleet, client, databaseUrl } = stage;
const root = postgres.dataDir();
const backup = join(root, 'backup');
const query = <Row extends object>(text: string) => postgres.query<Row & Record<string, unknown>>(databaseUrl, text);

async function withDatabase<Result>(use: (db: Database) => Promise<Result>): Promise<Result> {
  const db = openDatabase(databaseUrl);
  try {
    return await use(db);
  } finally {
    await db.close();
  }
}

/** Of the missions that had ended by a moment, what a client would see of them. */
async function endedBy(moment: string): Promise<string> {
  const rows = await query(
    `SELECT id, status, output, event_sequence, finished_at::text FROM missions
     WHERE finished_at < '${moment}'::timestamptz - ${MARGIN_MS} * interval '1 millisecond' ORDER BY id`,
  );
  return JSON.stringify(rows);
}

/** What a reader of the account's log has after a place, and where he is then. */
async function readLog(after: LogPlace | null): Promise<{ missions: Set<string>; end: LogPlace | null }> {
  const [account] = await query<{ id: string }>('SELECT id FROM accounts');
  return withDatabase(async (db) => {
    const missions = new Set<string>();
    for (let at = after; ; ) {
      const part = await db.events.ofAccount({ accountId: account?.id ?? '', after: at, limit: 500 });
      for (const { missionId } of part.events) missions.add(missionId);
      at = part.end;
      if (!part.hasMore) return { missions, end: at };
    }
  });
}

/** @param mayBe rules that may be broken */
async function auditIsClean(when: string, mayBe: readonly string[] = []): Promise<void> {
  const broken = (await withDatabase((db) => db.audit())).filter(({ count }) => count > 0);
  const said = broken.map(({ name, count }) => `${name} ${count}`).join(', ') || 'clean';
  expectThat(
    broken.every(({ name }) => mayBe.includes(name)),
    `audit ${when}: ${said}`,
  );
}

const load = startLoad({ client, load: LOAD, receiverUrl: stage.receiverUrl });
await sleep(stretchMs);
const { files, seconds } = await takeBaseBackup({ url: databaseUrl, cluster: join(root, 'cluster'), into: backup });
log(`base backup under load: ${files} files in ${seconds.toFixed(1)} s`);
await sleep(stretchMs);
const [clock] = await query<{ moment: string }>('SELECT clock_timestamp()::text AS moment');
const moment = clock?.moment ?? '';
const momentAt = Date.now();
await sleep(stretchMs);
await load.stop();
const before = await endedBy(moment);
const reader = await readLog(null);
await untilArchived(postgres, databaseUrl);

const lostAt = Date.now();
const processes = [fleet.api(), ...fleet.workers()];
for (const one of processes) one.signal('SIGKILL');
await Promise.all(processes.map(({ exited }) => exited));
await postgres.stop('immediate');
log(
  `lost: api, workers, Redis, Postgres and its data; wanted back: ${((lostAt - momentAt) / 1_000).toFixed(1)} s before`,
);

await prepareRecovery({ root, backup, archive, upTo: moment });
await postgres.start();
// It can be read while it recovers, and written only when it is promoted.
await waitFor(async () => (await query<{ yet: boolean }>('SELECT pg_is_in_recovery() AS yet'))[0]?.yet === false, {
  what: 'Postgres to be promoted',
  timeoutMs: ENDS_WITHIN_MS,
});
log(`Postgres is back, and promoted ${((Date.now() - lostAt) / 1_000).toFixed(1)} s after the loss`);
await redis.flushAll();
const [number] = await query<{ next: string }>('SELECT pg_current_xact_id()::text AS next');
const isBehind = BigInt(number?.next ?? 0) < BigInt(reader.end?.transactionId ?? 0);
log(`transactions: ${number?.next} now, and a reader of the account's log is at ${reader.end?.transactionId}`);
expectThat(isBehind, 'a reader of the lost time would miss what comes: numbers have to pass his');
await query(await passTransactions(Math.ceil(((lostAt - momentAt) / 1_000) * TRANSACTIONS_PER_SECOND)));
// Those of workers that died in the restore; nobody has taken them yet.
await auditIsClean('of what came back', ['running_without_lease']);

await fleet.startApi();
await Promise.all([fleet.startWorker(), fleet.startWorker()]);
const posted = await client.post('after', {
  goal: 'after steps=1 latency=100-200',
  model: 'openai/gpt-chaos',
  webhook: { url: stage.receiverUrl },
  metadata: { ref: 'after' },
});
await waitFor(
  async () => {
    const [left] = await query<{ missions: number; deliveries: number }>(
      `SELECT (SELECT count(*)::int FROM missions WHERE finished_at IS NULL) AS missions,
              (SELECT count(*)::int FROM deliveries WHERE status = 'pending') AS deliveries`,
    );
    return left?.missions === 0 && left.deliveries === 0;
  },
  { what: 'everything to end', timeoutMs: ENDS_WITHIN_MS },
);
log(`everything has ended ${((Date.now() - lostAt) / 1_000).toFixed(1)} s after the loss`);

const answers = client
  .posted()
  .flatMap(({ ref, id, at, tookMs }) => (id === null ? [] : [{ ref, id, at, answeredAt: at + tookMs }]));
const kept = answers.filter(({ ref, answeredAt }) => ref === 'after' || answeredAt < momentAt - MARGIN_MS);
const late = answers.filter(({ ref, at }) => ref !== 'after' && at > momentAt + MARGIN_MS);
const ends = await Promise.all(kept.map(async ({ id }) => (await client.read(id))?.status ?? 'gone'));
const wrong = ends.filter((status) => status !== 'completed').length;
expectThat(kept.length > 1 && wrong === 0, `${kept.length} missions were accepted by then: ${wrong} are lost`);
const stray = (await Promise.all(late.map(async ({ id }) => client.read(id)))).filter(
  (mission) => mission !== null,
).length;
expectThat(late.length > 0 && stray === 0, `${late.length} were accepted later: ${stray} are still there`);
expectThat(before !== '[]' && (await endedBy(moment)) === before, 'what had ended by then is as it was');
const { missions: news } = await readLog(reader.end);
expectThat(posted.id !== null && news.has(posted.id), 'a reader of the account’s log goes on where he was');
await auditIsClean('at the end');
log(isRight() ? 'The restore holds.' : 'The restore does NOT hold.');
process.exitCode = isRight() ? 0 : 1;
