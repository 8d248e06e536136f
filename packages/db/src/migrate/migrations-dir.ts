import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { MigrationDirectory, MigrationList } from '@prisma/schema-engine-wasm/schema_engine_bg';

/** The repository's `prisma/migrations`, and the image's. */
export const MIGRATIONS_DIR = join(import.meta.dirname, '../../../../prisma/migrations');

const LOCK_FILE = 'migration_lock.toml';
const SCRIPT_FILE = 'migration.sql';

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const readDirectory = async (baseDir: string, name: string): Promise<MigrationDirectory> => {
  const content = await readFile(join(baseDir, name, SCRIPT_FILE), 'utf8').then(
    (value) => ({ tag: 'ok' as const, value }),
    (error: unknown) => ({ tag: 'error' as const, value: messageOf(error) }),
  );
  return { path: name, migrationFile: { path: SCRIPT_FILE, content } };
};

/** Oldest first. */
export const readMigrationNames = async (baseDir: string): Promise<string[]> => {
  const entries = await readdir(baseDir, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .toSorted();
};

/** Reads `prisma/migrations` as the CLI does: one folder a migration, in the order of their names. */
export const readMigrations = async (baseDir: string): Promise<MigrationList> => {
  const names = await readMigrationNames(baseDir);
  const lockfile = await readFile(join(baseDir, LOCK_FILE), 'utf8').catch(() => null);
  return {
    baseDir,
    lockfile: { path: LOCK_FILE, content: lockfile },
    shadowDbInitScript: '',
    migrationDirectories: await Promise.all(names.map((name) => readDirectory(baseDir, name))),
  };
};
