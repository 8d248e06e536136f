import { join } from 'node:path';

import { createAdapterFactory } from './adapter.ts';
import { ensureDatabase } from './admin.ts';
import { MigrationError, withClient } from './connection.ts';
import { readMigrations } from './migrations-dir.ts';
import { openEngine } from './wasm-engine.ts';

const MIGRATIONS_DIR = join(import.meta.dirname, '../../../../prisma/migrations');

/**
 * Any number, the same in every process. The engine takes a lock of its own, but gives up after ten seconds: a second
 * pod would fail while the first builds an index.
 */
const MIGRATE_LOCK = 7_260_417_903;
const LOCK_TIMEOUT_MS = 600_000;

export type DeployOptions = {
  /** A direct connection, not through a pooler in transaction mode: the lock belongs to a session. */
  databaseUrl: string;
  /** Where the migrations lie; by default the repository's `prisma/migrations`. */
  migrationsDir?: string;
};

/**
 * What `prisma migrate deploy` does, without the CLI: creates the database if there is none and applies what is
 * missing, in order. Processes that call it at the same time wait for each other; the later ones find nothing to do.
 * @returns the names of the migrations this call applied, oldest first
 * @throws MigrationError with Prisma's code: `P1000` wrong password, `P1001` unreachable, `P3009` an earlier migration
 * failed, `P3018` this one did
 */
export const deployMigrations = async (options: DeployOptions): Promise<string[]> => {
  const { databaseUrl, migrationsDir = MIGRATIONS_DIR } = options;
  await ensureDatabase(databaseUrl);
  const migrationsList = await readMigrations(migrationsDir);
  return withClient(databaseUrl, async (client) => {
    await client.query(`SET lock_timeout = ${LOCK_TIMEOUT_MS}`);
    // Given back when the connection closes, also when this process dies.
    await client.query('SELECT pg_advisory_lock($1)', [MIGRATE_LOCK]);
    await using opened = await openEngine({ factory: createAdapterFactory(databaseUrl) });
    try {
      const filters = { externalTables: [], externalEnums: [] };
      const { appliedMigrationNames } = await opened.engine.applyMigrations({ migrationsList, filters });
      return appliedMigrationNames;
    } catch (error) {
      const { code, message } = opened.explain(error);
      throw new MigrationError(code ?? 'P3018', message, { cause: error });
    }
  });
};
