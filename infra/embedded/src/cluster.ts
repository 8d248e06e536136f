import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Binaries } from './binaries.ts';
import type { DataFolder } from './data-folder.ts';
import { errnoOf } from './errno.ts';
import { ServerStartError } from './errors.ts';
import { isAlive } from './process-info.ts';
import { SERVER_ENV } from './settings.ts';

export const SUPERUSER = 'flotilla';
export const DATABASE = 'flotilla';
const PG_MAJOR = '18';

/** `init-<pid>-<random>`: an init that was cut off is known by its dead pid. */
const STAGING = /^init-(\d+)-/;

/** Makes the cluster if there is none. @returns the superuser's password */
export const ensureCluster = async (options: {
  folder: DataFolder;
  binaries: Binaries;
  durable: boolean;
  log: (line: string) => void;
}): Promise<string> => {
  const { folder, log } = options;
  const version = await readFile(join(folder.pgData, 'PG_VERSION'), 'utf8').catch(unlessMissing);
  if (version === undefined) {
    const startedAt = performance.now();
    await removeCutOffInits(folder.root);
    await createCluster(options);
    log(`postgres: made a new database cluster in ${folder.root} (${Math.round(performance.now() - startedAt)} ms)`);
  } else if (version.trim() !== PG_MAJOR) {
    throw new ServerStartError(
      `${folder.root} holds the data of Postgres ${version.trim()}; this is Postgres ${PG_MAJOR}. Move the folder away to start afresh.`,
    );
  }
  return (await readFile(join(folder.cluster, 'password'), 'utf8')).trim();
};

const unlessMissing = (error: unknown): undefined => {
  if (errnoOf(error) === 'ENOENT') return undefined;
  throw new ServerStartError(`The database folder cannot be read (${String(error)}). Start as the user who owns it.`, {
    cause: error,
  });
};

const removeCutOffInits = async (root: string): Promise<void> => {
  for (const name of await readdir(root)) {
    const pid = Number(STAGING.exec(name)?.[1]);
    if (pid > 0 && !isAlive(pid)) await rm(join(root, name), { recursive: true, force: true });
  }
};

/**
 * Everything is made in a folder beside and put in place by one rename, so that a crash leaves either no cluster or a
 * whole one with its password; and of two processes that begin at the same time, the later takes the other's.
 */
const createCluster = async (options: { folder: DataFolder; binaries: Binaries; durable: boolean }): Promise<void> => {
  const { folder, binaries, durable } = options;
  const { user } = folder;
  const staging = join(folder.root, `init-${process.pid}-${randomBytes(4).toString('hex')}`);
  const passwordFile = join(staging, 'password');
  const pgData = join(staging, 'data');
  try {
    await mkdir(staging, { mode: 0o700 });
    await writeFile(passwordFile, `${randomBytes(24).toString('base64url')}\n`, { mode: 0o600 });
    if (user !== undefined) {
      await chown(passwordFile, user.uid, user.gid);
      await chown(staging, user.uid, user.gid);
    }
    const run = (command: string, args: string[], input?: string): void => {
      const ids = user === undefined ? {} : { uid: user.uid, gid: user.gid };
      const result = spawnSync(command, args, { input, encoding: 'utf8', env: SERVER_ENV, cwd: '/', ...ids });
      if (result.status === 0) return;
      const said = result.error?.message ?? `${result.stdout}${result.stderr}`.trim();
      throw new ServerStartError(`Making the database cluster failed: ${said}`);
    };
    run(binaries.initdb, [
      `--pgdata=${pgData}`,
      `--username=${SUPERUSER}`,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      // Byte order: the same everywhere, and no index breaks when the system's locale library is updated.
      '--locale=C',
      '--no-instructions',
      ...(durable ? [] : ['--no-sync']),
    ]);
    // In single-user mode, where it is one more command of the init, instead of a server to be started and stopped.
    run(
      binaries.postgres,
      ['--single', ...(durable ? [] : ['-F']), '-D', pgData, 'postgres'],
      `CREATE DATABASE ${DATABASE};\n`,
    );
    await rename(staging, folder.cluster).catch((error: unknown) => {
      if (!['ENOTEMPTY', 'EEXIST'].includes(errnoOf(error) ?? '')) throw error;
    });
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
};
