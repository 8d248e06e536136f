import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type DeployOptions, deployMigrations } from '@flotilla/db/migrate';
import pg from 'pg';
import { expect, it } from 'vitest';
import { createTestDatabase, hold, waiters } from '../../harness/index.ts';

/** A database with one table, which requests read and write, and a folder of migrations that grows. */
async function open() {
  const resources = new AsyncDisposableStack();
  const database = resources.use(await createTestDatabase({ isEmpty: true }));
  const migrationsDir = await mkdtemp(join(tmpdir(), 'flotilla-migrate-'));
  resources.defer(() => rm(migrationsDir, { recursive: true }));
  // A request gives up after five seconds, as it does in production.
  const sql = new pg.Client({ connectionString: database.url, statement_timeout: 5_000 });
  await sql.connect();
  resources.defer(() => sql.end());
  const world = {
    sql,
    deploy: (options: Partial<DeployOptions> = {}) =>
      deployMigrations({ databaseUrl: database.url, migrationsDir, ...options }),
    async add(name: string, script: string) {
      await mkdir(join(migrationsDir, name));
      await writeFile(join(migrationsDir, name, 'migration.sql'), script);
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
  await writeFile(join(migrationsDir, 'migration_lock.toml'), 'provider = "postgresql"\n');
  await world.add('1_boats', 'CREATE TABLE boats (id int PRIMARY KEY);');
  await world.deploy();
  return world;
}

it('a migration that has to wait for a long transaction lets the requests behind it through, and is applied once that is over', async () => {
  await using world = await open();
  await world.add('2_name', 'ALTER TABLE boats ADD COLUMN name TEXT;');
  await using transaction = await hold(world, 'LOCK TABLE boats IN ACCESS SHARE MODE');
  const deploying = world.deploy({ lockTimeoutMs: 300 });
  await waiters(world, 1);
  // Behind the migration, which is behind the transaction.
  expect((await world.sql.query('SELECT * FROM boats')).rowCount).toBe(0);
  await waiters(world, 1);
  expect((await world.sql.query('SELECT * FROM boats')).rowCount).toBe(0);
  await transaction.letGo();
  expect(await deploying).toEqual(['2_name']);
  expect((await world.sql.query('SELECT name FROM boats')).rowCount).toBe(0);
});

it('a migration that never comes to its table leaves nothing behind, says so, and may be tried again', async () => {
  await using world = await open();
  await world.add('2_both', 'CREATE TABLE harbours (id int); ALTER TABLE boats ADD COLUMN name TEXT;');
  await using transaction = await hold(world, 'LOCK TABLE boats IN ACCESS SHARE MODE');
  await expect(world.deploy({ lockTimeoutMs: 50, lockPatienceMs: 200 })).rejects.toMatchObject({
    code: 'P1008',
    message: expect.stringContaining('2_both'),
  });
  expect((await world.sql.query("SELECT to_regclass('harbours') AS found")).rows).toEqual([{ found: null }]);
  await transaction.letGo();
  expect(await world.deploy()).toEqual(['2_both']);
});

it('an index that is built beside the writes is not cut short by a long transaction, nor waits for the process that waits for its turn', async () => {
  await using world = await open();
  await world.add('2_index', '-- Why it is there.\nCREATE INDEX CONCURRENTLY boats_backwards ON boats (id DESC);');
  await using transaction = await hold(world, 'INSERT INTO boats (id) VALUES (1)');
  const deploying = Promise.all([world.deploy({ lockTimeoutMs: 50 }), world.deploy({ lockTimeoutMs: 50 })]);
  await waiters(world, 1);
  await world.sql.query('INSERT INTO boats (id) VALUES (2)');
  // Longer than a table would be waited for.
  await sleep(400);
  await transaction.letGo();
  expect((await deploying).flat()).toEqual(['2_index']);
  const { rows } = await world.sql.query(
    "SELECT indisvalid AS valid FROM pg_index WHERE indexrelid = 'boats_backwards'::regclass",
  );
  expect(rows).toEqual([{ valid: true }]);
}, 30_000);
