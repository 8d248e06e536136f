import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';

import { createAdapterFactory } from './adapter.ts';
import { ensureDatabase } from './admin.ts';
import { MigrationError, withClient } from './connection.ts';
import { MIGRATIONS_DIR, readMigrations } from './migrations-dir.ts';
import { openEngine } from './wasm-engine.ts';

/**
 * Any number, the same in every process. The engine takes a lock of its own, but gives up after ten seconds: a second
 * pod would fail while the first builds an index.
 */
const MIGRATE_LOCK = 7_260_417_903;
const TURN_PATIENCE_MS = 600_000;
const TURN_ASKED_EVERY_MS = 200;

/** Far less than the four seconds after which a request's statement is given up: requests are held up, and do not fail. */
const LOCK_TIMEOUT_MS = 1_000;
const LOCK_PATIENCE_MS = 300_000;

export type DeployOptions = {
  /** A direct connection, not through a pooler in transaction mode: the lock belongs to a session. */
  databaseUrl: string;
  /** Where the migrations lie; by default the repository's `prisma/migrations`. */
  migrationsDir?: string;
  /** For how long a migration waits for a table before it lets others through and begins again; 1 s. */
  lockTimeoutMs?: number;
  /** After which it is given up; five minutes. */
  lockPatienceMs?: number;
};

/**
 * What `prisma migrate deploy` does, without the CLI: creates the database if there is none and applies what is
 * missing, in order. Processes that call it at the same time wait for each other; the later ones find nothing to do.
 * One that needs a table which others have locked holds up nobody for longer than `lockTimeoutMs`.
 * @returns the names of the migrations this call applied, oldest first
 * @throws MigrationError with Prisma's code: `P1000` wrong password, `P1001` unreachable, `P1002` others are still at it,
 * `P1008` a table was locked all the time, and the next call may try again, `P3009` an earlier migration failed, `P3018`
 * this one did
 */
export const deployMigrations = async (options: DeployOptions): Promise<string[]> => {
  const { databaseUrl, migrationsDir = MIGRATIONS_DIR } = options;
  const { lockTimeoutMs = LOCK_TIMEOUT_MS, lockPatienceMs: patienceMs = LOCK_PATIENCE_MS } = options;
  await ensureDatabase(databaseUrl);
  const migrationsList = await readMigrations(migrationsDir);
  return withClient(databaseUrl, async (client) => {
    await takeTurn(client);
    let givenUp: string | undefined;
    const onGivenUp = (script: string) => {
      givenUp = script;
    };
    const locks = { lockTimeoutMs, patienceMs, onGivenUp };
    await using opened = await openEngine({ factory: createAdapterFactory(databaseUrl, { locks }) });
    try {
      const filters = { externalTables: [], externalEnums: [] };
      const { appliedMigrationNames } = await opened.engine.applyMigrations({ migrationsList, filters });
      return appliedMigrationNames;
    } catch (error) {
      const { code, message } = opened.explain(error);
      const untouched = migrationsList.migrationDirectories.find(
        ({ migrationFile }) => migrationFile.content.value === givenUp,
      );
      if (!untouched) throw new MigrationError(code ?? 'P3018', message, { cause: error });
      // It is written down as failed, and by that would be refused from now on.
      await opened.engine.markMigrationRolledBack({ migrationName: untouched.path });
      const says = `Migration \`${untouched.path}\` found its tables locked for ${Math.round(patienceMs / 1_000)} s and was given up; nothing of it is applied`;
      throw new MigrationError('P1008', says, { cause: error });
    }
  });
};

/**
 * Asks for the lock instead of waiting for it: a statement that waits is an open transaction, and an index that the holder
 * builds CONCURRENTLY would wait for its end. It is given back when the connection closes, also when this process dies.
 */
const takeTurn = async (client: pg.Client): Promise<void> => {
  const end = performance.now() + TURN_PATIENCE_MS;
  for (;;) {
    const { rows } = await client.query<{ isTaken: boolean }>('SELECT pg_try_advisory_lock($1) AS "isTaken"', [
      MIGRATE_LOCK,
    ]);
    if (rows[0]?.isTaken) return;
    if (performance.now() >= end) throw new MigrationError('P1002', 'Another process has been migrating for too long');
    await sleep(TURN_ASKED_EVERY_MS);
  }
};
