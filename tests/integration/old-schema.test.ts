import { randomBytes } from 'node:crypto';
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDatabase } from '@flotilla/db';
import { deployMigrations } from '@flotilla/db/migrate';
import pg from 'pg';
import { expect, it } from 'vitest';
import { createTestDatabase, startProcess, type TestProcess, waitFor } from '../harness/index.ts';
import { opsUrlOf } from './ops/ops.ts';

const ROOT = join(import.meta.dirname, '../..');
const MIGRATIONS = join(ROOT, 'prisma/migrations');

const entries = await readdir(MIGRATIONS, { withFileTypes: true });
const names = entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])).toSorted();
const [oldest = ''] = names;
const newest = names.at(-1) ?? '';

async function connect(stack: AsyncDisposableStack, url: string): Promise<pg.Client> {
  const sql = new pg.Client({ connectionString: url });
  await sql.connect();
  stack.defer(() => sql.end());
  return sql;
}

/** As the release before left it: with every migration but the newest. */
async function openOldDatabase(stack: AsyncDisposableStack): Promise<string> {
  const { url } = stack.use(await createTestDatabase({ isEmpty: true }));
  const migrationsDir = await mkdtemp(join(tmpdir(), 'flotilla-old-schema-'));
  stack.defer(() => rm(migrationsDir, { recursive: true }));
  await cp(MIGRATIONS, migrationsDir, { recursive: true });
  await rm(join(migrationsDir, newest), { recursive: true });
  await deployMigrations({ databaseUrl: url, migrationsDir });
  return url;
}

async function readinessOf(child: TestProcess) {
  const response = await fetch(`${await opsUrlOf(child)}/readyz`);
  const { checks }: { checks: Record<string, string> } = JSON.parse(await response.text());
  return { status: response.status, schema: checks['schema'] };
}

it('a new version that starts before its migration serves nothing and takes no missions, says which it lacks, and works once it is applied', async () => {
  await using stack = new AsyncDisposableStack();
  const databaseUrl = await openOldDatabase(stack);
  const sql = await connect(stack, databaseUrl);
  const start = async (app: string, readyLine: RegExp) =>
    stack.use(
      await startProcess({
        args: [join(ROOT, `apps/${app}/src/main.ts`)],
        env: {
          DATABASE_URL: databaseUrl,
          FLOTILLA_ENCRYPTION_KEYS: randomBytes(32).toString('base64'),
          OPS_PORT: '0',
          PORT: '0',
        },
        readyLine,
      }),
    );
  const [api, worker] = await Promise.all([
    start('api', /api listening on (http:\/\/[\d.:]+)/),
    start('worker', /takes no missions before the database is migrated/),
  ]);
  for (const child of [api, worker]) {
    expect(await readinessOf(child)).toEqual({ status: 503, schema: 'failed' });
    await waitFor(() => child.output().includes(`the database lacks migrations: ${newest}`), {
      what: 'the missing migration to be named',
    });
  }
  expect((await fetch(`${api.ready[1]}/readyz`)).status).toBe(503);
  expect((await fetch(`${api.ready[1]}/healthz`)).status).toBe(200);
  expect((await sql.query('SELECT id FROM workers')).rowCount).toBe(0);

  expect(await deployMigrations({ databaseUrl })).toEqual([newest]);
  for (const child of [api, worker]) {
    await waitFor(async () => (await readinessOf(child)).status === 200, { what: 'readiness' });
  }
  expect((await sql.query('SELECT id FROM workers')).rowCount).toBe(1);
});

it('a migration counts once it has run to its end, those of a newer version do not, and nothing is asked once all were seen', async () => {
  await using stack = new AsyncDisposableStack();
  const { url } = stack.use(await createTestDatabase());
  const sql = await connect(stack, url);
  const open = () => {
    const timeouts = { statementTimeoutMs: 5_000, connectTimeoutMs: 5_000 };
    const db = createDatabase({ url, poolSize: 1, applicationName: 'flotilla-test', ...timeouts });
    stack.defer(() => db.close());
    return db;
  };
  const db = open();
  const lacks = (name: string) => `the database lacks migrations: ${name}`;
  const set = (columns: string, name = newest) =>
    sql.query(`UPDATE _prisma_migrations SET ${columns} WHERE migration_name = $1`, [name]);

  await set('finished_at = NULL');
  await expect(db.checkSchema()).rejects.toThrow(lacks(newest));
  await set('finished_at = now(), rolled_back_at = now()');
  await expect(db.checkSchema()).rejects.toThrow(lacks(newest));
  await set('rolled_back_at = NULL');

  // Not the newest: whoever looked at that one alone would miss it.
  await set('finished_at = NULL', oldest);
  await expect(db.checkSchema()).rejects.toThrow(lacks(oldest));
  await set('finished_at = now()', oldest);

  await set(`migration_name = '20990101000000_next'`);
  await expect(db.checkSchema()).rejects.toThrow(lacks(newest));
  await sql.query(
    `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at) VALUES ('1', '', $1, now())`,
    [newest],
  );
  await db.checkSchema();

  await sql.query('DROP TABLE _prisma_migrations');
  await db.checkSchema();
  await expect(open().checkSchema()).rejects.toThrow(/^the database lacks migrations: .+ and \d+ more$/);
});
