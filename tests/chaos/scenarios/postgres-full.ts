import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Scenario } from '../scenario.ts';
import type { Stage } from '../stage/stage.ts';

const FULL_MS = 25_000;
/** Calls that were under way, and those whose mission had found a last free place on some page. */
const MODEL_CALLS_END_WITHIN_MS = 8_000;
const LOG_SEGMENTS = 8;

export const postgresFull: Scenario = {
  name: 'postgres-full',
  about: "Postgres' volume is full for 25 s: 503 for POST, reads go on, no money is spent, and it recovers when freed",
  backends: ['redis', 'postgres'],
  volume: { holds: 'postgres', megabytes: 320 },
  async inject(stage) {
    const { client, dir, random, injected, mended } = stage;
    await layInLog(stage);
    const bytes = await stage.volume().fill();
    const fullAt = Date.now();
    let reads = 0;
    const unread: string[] = [];
    while (Date.now() < fullAt + FULL_MS) {
      const { id } = random.pick(client.accepted());
      const mission = await client.read(id).catch(() => null);
      reads += 1;
      if (!mission) unread.push(id);
      await sleep(200);
    }
    const freeBytes = await stage.volume().freeBytes();
    const freedAt = Date.now();
    await stage.volume().empty();
    mended();
    // Postgres' own log lies on the full volume; what it answered the API is in the API's.
    const complaints = (await readFile(join(dir, 'api.log'), 'utf8')).match(/No space left on device/g)?.length ?? 0;
    const proof = `${bytes} bytes taken, ${freeBytes} left; Postgres said ${complaints} times that it found no space`;
    if (complaints > 0) injected(proof);
    await sleep(3_000);
    return (_, lines) => {
      const meanwhile = client.posted().filter(({ at, tookMs }) => at > fullAt && at + tookMs < freedAt);
      const refused = meanwhile.filter(({ status, retryAfter }) => status === 503 && retryAfter !== null);
      const strange = meanwhile.filter(({ status, retryAfter }) => status !== 202 && !(status === 503 && retryAfter));
      const late = lines.filter(
        ({ kind, at }) => kind === 'model' && at > fullAt + MODEL_CALLS_END_WITHIN_MS && at < freedAt,
      );
      return [
        ...(refused.length === 0 ? ['void: every POST found a place'] : []),
        ...strange.slice(0, 3).map(({ status }) => `a POST was answered ${status}`),
        ...(unread.length > 0 ? [`${unread.length} of ${reads} reads were not answered: ${unread[0]}`] : []),
        ...(late.length > 0 ? [`${late.length} model calls were made whose outcome had no place`] : []),
      ];
    };
  },
};

/**
 * A Postgres that cannot write its log crashes, which `postgres-gone` plays. Here tables and indexes find no room, as
 * where the log has a volume of its own: segments are laid in that it takes instead of new ones.
 */
async function layInLog({ postgres, databaseUrl }: Stage): Promise<void> {
  const run = (statement: string) => postgres.query(databaseUrl, statement);
  await run(`ALTER SYSTEM SET min_wal_size = '${LOG_SEGMENTS * 16}MB'`);
  await run(`ALTER SYSTEM SET checkpoint_timeout = '1h'`);
  await run('SELECT pg_reload_conf()');
  for (let segment = 0; segment < LOG_SEGMENTS; segment++) {
    await run(`SELECT pg_logical_emit_message(false, 'chaos', 'next'), pg_switch_wal()`);
  }
  await run('CHECKPOINT');
}
