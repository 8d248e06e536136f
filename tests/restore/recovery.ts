import { appendFile, chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ChaosPostgres } from '../chaos/stage/postgres.ts';
import { waitFor } from '../harness/wait-for.ts';
import { copyFolder, likeTheFolder } from './base-backup.ts';

const OPERATIONS = join(import.meta.dirname, '../../docs/operations.md');

/** Settings of a server that archives its WAL into a folder, as docs/operations.md asks. */
export async function archiveInto(folder: string): Promise<Record<string, string>> {
  await mkdir(folder);
  // The server runs as somebody else.
  await chmod(folder, 0o777);
  return { archive_mode: 'on', archive_command: `test ! -f ${folder}/%f && cp %p ${folder}/%f`, wal_level: 'replica' };
}

/** Until all that was written by now is in the archive; a server that is lost for good would keep its last minute. */
export async function untilArchived(postgres: ChaosPostgres, url: string): Promise<void> {
  const [switched] = await postgres.query<{ file: string }>(url, 'SELECT pg_walfile_name(pg_switch_wal()) AS file');
  await waitFor(
    async () => {
      const [archiver] = await postgres.query<{ last: string | null }>(
        url,
        'SELECT last_archived_wal AS last FROM pg_stat_archiver',
      );
      return archiver?.last != null && archiver.last >= (switched?.file ?? '');
    },
    { what: 'the WAL to be archived', timeoutMs: 60_000 },
  );
}

/** Puts a base backup in the place of a stopped server's data, to be recovered at its next start up to a moment. */
export async function prepareRecovery(of: {
  root: string;
  backup: string;
  archive: string;
  /** As Postgres writes it. */
  upTo: string;
}): Promise<void> {
  const { root, backup, archive, upTo } = of;
  const data = join(root, 'cluster/data');
  await rename(join(root, 'cluster'), join(root, 'lost'));
  await copyFolder(backup, join(root, 'cluster'));
  const signal = join(data, 'recovery.signal');
  await writeFile(signal, '');
  await likeTheFolder(signal, data);
  await appendFile(
    join(data, 'postgresql.auto.conf'),
    [
      `restore_command = 'cp ${archive}/%f %p'`,
      `recovery_target_time = '${upTo}'`,
      `recovery_target_action = 'promote'`,
      '',
    ].join('\n'),
  );
}

/** The statement by which docs/operations.md lets transaction numbers pass those of the lost time, for fewer of them. */
export async function passTransactions(count: number): Promise<string> {
  const [, sql] = /```sql\n\s*(DO .*)\n/.exec(await readFile(OPERATIONS, 'utf8')) ?? [];
  if (!sql?.includes('1000000')) throw new Error('docs/operations.md has no such statement any more');
  return sql.replace('1000000', String(count));
}
