import { chmod, chown, copyFile, mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';

/** What a server makes anew, or keeps in its archive: the manual's list of what a backup leaves out. */
const CONTENTS_LEFT_OUT = new Set([
  'pg_wal',
  'pg_replslot',
  'pg_dynshmem',
  'pg_notify',
  'pg_serial',
  'pg_snapshots',
  'pg_subtrans',
]);
const LEFT_OUT = new Set(['postmaster.pid', 'postmaster.opts', 'pgsql_tmp']);

export type BaseBackup = { files: number; seconds: number };

/**
 * Copies a running server's files as they are, between `pg_backup_start` and `pg_backup_stop`, which have to be of one
 * connection. What the copy catches half written, the WAL makes right.
 * https://www.postgresql.org/docs/18/continuous-archiving.html#BACKUP-LOWLEVEL-BASE-BACKUP
 */
export async function takeBaseBackup(of: { url: string; cluster: string; into: string }): Promise<BaseBackup> {
  const startedAt = performance.now();
  const client = new pg.Client({ connectionString: of.url });
  await client.connect();
  try {
    await client.query(`SELECT pg_backup_start('test:restore', fast => true)`);
    const files = await copyFolder(of.cluster, of.into);
    const { rows } = await client.query<{ labelfile: string }>('SELECT labelfile FROM pg_backup_stop()');
    const label = join(of.into, 'data/backup_label');
    await writeFile(label, rows[0]?.labelfile ?? '');
    await likeTheFolder(label, join(of.cluster, 'data'));
    return { files, seconds: (performance.now() - startedAt) / 1_000 };
  } finally {
    await client.end();
  }
}

/** Copies a folder with its owners; a file that is gone meanwhile was not needed. @returns how many files */
export async function copyFolder(from: string, to: string): Promise<number> {
  await mkdir(to, { recursive: true });
  await sameOwner(from, to);
  let files = 0;
  for (const entry of await readdir(from, { withFileTypes: true })) {
    if (LEFT_OUT.has(entry.name)) continue;
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    try {
      if (!entry.isDirectory()) {
        await copyFile(source, target);
        await sameOwner(source, target);
        files += 1;
      } else if (CONTENTS_LEFT_OUT.has(entry.name)) {
        await mkdir(target);
        await sameOwner(source, target);
      } else files += await copyFolder(source, target);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    }
  }
  return files;
}

async function sameOwner(from: string, to: string): Promise<void> {
  const { uid, gid, mode } = await stat(from);
  await chown(to, uid, gid);
  await chmod(to, mode);
}

/** A file beside others, owned and protected as the folder's are. */
export async function likeTheFolder(file: string, folder: string): Promise<void> {
  const { uid, gid } = await stat(folder);
  await chown(file, uid, gid);
  await chmod(file, 0o600);
}
