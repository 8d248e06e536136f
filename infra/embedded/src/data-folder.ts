import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, realpath, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';

import { ServerStartError } from './errors.ts';
import { canEnter, chooseUser, type User } from './run-as.ts';

/**
 * `root` holds `cluster/` (what initdb made, and the password), `postgres.log` and, if need be, a copy of the binaries.
 */
export type DataFolder = { root: string; cluster: string; pgData: string; user: User | undefined };

const layout = (root: string) => ({ root, cluster: join(root, 'cluster'), pgData: join(root, 'cluster/data') });

/** Root's data goes here when the user who runs Postgres cannot enter the folder that was asked for. */
const SYSTEM_DIR = '/var/lib/flotilla';

/** @returns undefined when the user who is to run Postgres cannot get there */
const open = async (path: string): Promise<DataFolder | undefined> => {
  await mkdir(path, { recursive: true });
  const folder = layout(await realpath(path));
  const user = await chooseUser(folder.pgData);
  if (user !== undefined) await chmod(folder.root, (await stat(folder.root)).mode | 0o111);
  return canEnter(folder.root, user) ? { ...folder, user } : undefined;
};

/** A folder that keeps its data; elsewhere than asked for only where nothing else works, and then it says so. */
export const openDataFolder = async (dataDir: string, log: (line: string) => void): Promise<DataFolder> => {
  const path = resolve(dataDir);
  const folder = await open(path);
  if (folder !== undefined) return folder;
  // The same checkout finds its data again, and two checkouts never share.
  const name = `${basename(path)}-${createHash('sha256').update(path).digest('hex').slice(0, 12)}`;
  const instead = join(SYSTEM_DIR, name);
  log(`postgres: root cannot run it, and the user who can has no access to ${path}; the data is kept in ${instead}`);
  const fallback = await open(instead);
  if (fallback !== undefined) return fallback;
  throw new ServerStartError(`The user who runs Postgres has no access to ${instead} either.`);
};

/** A folder of its own that is removed in the end. */
export const openTemporaryFolder = async (): Promise<DataFolder> => {
  for (const parent of new Set([tmpdir(), '/tmp', '/var/tmp'])) {
    const path = await mkdtemp(join(parent, 'flotilla-postgres-')).catch(() => undefined);
    if (path === undefined) continue;
    const folder = await open(path);
    if (folder !== undefined) return folder;
    await rm(path, { recursive: true, force: true });
  }
  throw new ServerStartError('There is no temporary folder that the user who runs Postgres can enter.');
};
