import { appendFile, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { deployMigrations, MigrationError } from '@flotilla/db/migrate';
import pg from 'pg';
import { describe, expect, it } from 'vitest';

import { createTestDatabase } from '../harness/index.ts';
import { exit, MIGRATIONS, prisma, ROOT, SCHEMA } from './prisma-cli.ts';

const createFolder = async (): Promise<AsyncDisposable & { path: string }> => {
  const path = await mkdtemp(join(tmpdir(), 'flotilla-prisma-test-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
};

/** The repository's migrations, and one more with this script. */
const withMigration = async (folder: string, name: string, script: string): Promise<string> => {
  const path = join(folder, 'migrations');
  await cp(MIGRATIONS, path, { recursive: true });
  await mkdir(join(path, name));
  await writeFile(join(path, name, 'migration.sql'), script);
  return path;
};

const appliedIn = async (databaseUrl: string): Promise<string[]> => {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string }>(
      'SELECT migration_name AS name FROM _prisma_migrations WHERE finished_at IS NOT NULL ORDER BY started_at, name',
    );
    return rows.map((row) => row.name);
  } finally {
    await client.end();
  }
};

describe('the Prisma CLI, from npm alone', () => {
  it('runs the engine it expects', async () => {
    const engines: { enginesVersion: string } = createRequire(
      createRequire(join(ROOT, 'package.json')).resolve('@prisma/engines/package.json'),
    )('@prisma/engines-version');
    const { code, output } = await prisma(['version']);
    expect({ code, output }).toEqual(exit(0));
    expect(output).toContain('packages/db/src/migrate/schema-engine.ts');
    expect(output).toContain(`schema-engine-cli ${engines.enginesVersion}`);
  });

  it('validates the schema and generates the client without a database or a network', async () => {
    const validated = await prisma(['validate']);
    expect(validated).toEqual(exit(0));

    await using folder = await createFolder();
    const schema = join(folder.path, 'schema.prisma');
    const text = await readFile(SCHEMA, 'utf8');
    await writeFile(schema, text.replace(/^(\s*output\s*=\s*).*$/m, '$1"./client"'));
    const generated = await prisma(['generate', `--schema=${schema}`]);
    expect(generated).toEqual(exit(0));
    expect(await readFile(join(folder.path, 'client/client.ts'), 'utf8')).toContain('PrismaClient');
  });

  it('applies the migrations, after which schema and migrations agree', async () => {
    await using database = await createTestDatabase({ isEmpty: true });
    const deployed = await prisma(['migrate', 'deploy'], database.url);
    expect(deployed).toEqual(exit(0));
    const status = await prisma(['migrate', 'status'], database.url);
    expect(status).toEqual(exit(0));

    const ofHistory = await prisma(
      ['migrate', 'diff', '--from-migrations', MIGRATIONS, '--to-schema', SCHEMA, '--exit-code'],
      database.url,
    );
    expect(ofHistory).toEqual(exit(0));
    const ofDatabase = await prisma(
      ['migrate', 'diff', '--from-config-datasource', '--to-schema', SCHEMA, '--exit-code'],
      database.url,
    );
    expect(ofDatabase).toEqual(exit(0));
  });

  it('ends with 2 and prints the statement when the schema says more than the migrations', async () => {
    await using database = await createTestDatabase();
    await using folder = await createFolder();
    const schema = join(folder.path, 'schema.prisma');
    await cp(SCHEMA, schema);
    await appendFile(schema, '\nmodel Lighthouse {\n  id String @id\n}\n');
    const { code, output } = await prisma(
      ['migrate', 'diff', '--from-migrations', MIGRATIONS, '--to-schema', schema, '--script', '--exit-code'],
      database.url,
    );
    expect({ code, output }).toEqual(exit(2));
    expect(output).toContain('CREATE TABLE "Lighthouse"');
  });

  it('leaves no shadow database behind', async () => {
    await using database = await createTestDatabase();
    await prisma(['migrate', 'diff', '--from-migrations', MIGRATIONS, '--to-schema', SCHEMA], database.url);
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    const { rows } = await client.query(
      "SELECT datname FROM pg_database WHERE datname LIKE 'prisma_migrate_shadow_db_%'",
    );
    await client.end();
    expect(rows).toEqual([]);
  });

  it('says that it cannot reach the server, and not with what password', async () => {
    const { code, output } = await prisma(['migrate', 'deploy'], 'postgresql://app:secret-word@127.0.0.1:1/app');
    expect(code).toBe(1);
    expect(output).toContain('P1001');
    expect(output).toContain('127.0.0.1:1');
    expect(output).not.toContain('secret-word');
  });
});

describe('deployMigrations', () => {
  it('creates the database and applies every migration once', async () => {
    await using database = await createTestDatabase({ isEmpty: true });
    const missing = new URL(database.url);
    missing.pathname += '_created';
    const first = await deployMigrations({ databaseUrl: missing.href });
    expect(first.length).toBeGreaterThan(0);
    expect(await appliedIn(missing.href)).toEqual(first);
    expect(await deployMigrations({ databaseUrl: missing.href })).toEqual([]);
    const status = await prisma(['migrate', 'status'], missing.href);
    expect(status).toEqual(exit(0));
  });

  it('lets several start at once, and each migration is applied by one of them', async () => {
    await using database = await createTestDatabase({ isEmpty: true });
    const names = await Promise.all([0, 1, 2, 3].map(() => deployMigrations({ databaseUrl: database.url })));
    expect(await appliedIn(database.url)).toEqual(names.flat());
  });

  it('waits for one that takes longer than the ten seconds the engine would', { timeout: 60_000 }, async () => {
    await using database = await createTestDatabase();
    await using folder = await createFolder();
    const migrationsDir = await withMigration(folder.path, '29990101000000_slow', 'SELECT pg_sleep(11);');
    const names = await Promise.all([0, 1].map(() => deployMigrations({ databaseUrl: database.url, migrationsDir })));
    expect(names.flat()).toEqual(['29990101000000_slow']);
  });

  it('applies a script with function bodies as it stands', async () => {
    await using database = await createTestDatabase();
    await using folder = await createFolder();
    const script = `CREATE FUNCTION twice(n int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN n := n * 2; RETURN n; END; $$;
CREATE TABLE doubled AS SELECT twice(21) AS answer;`;
    const migrationsDir = await withMigration(folder.path, '29990101000000_function', script);
    expect(await deployMigrations({ databaseUrl: database.url, migrationsDir })).toEqual(['29990101000000_function']);
  });

  it('names the migration that failed and the reason, and refuses to go on until it is resolved', async () => {
    await using database = await createTestDatabase();
    await using folder = await createFolder();
    const migrationsDir = await withMigration(folder.path, '29990101000000_broken', 'SELECT * FROM no_such_table;');
    const deploying = deployMigrations({ databaseUrl: database.url, migrationsDir });
    await expect(deploying).rejects.toThrow(/29990101000000_broken[^]*no_such_table/);
    await expect(deploying).rejects.toMatchObject({ code: 'P3018' });
    await expect(deployMigrations({ databaseUrl: database.url, migrationsDir })).rejects.toMatchObject({
      code: 'P3009',
    });
  });

  it('says that the server cannot be reached, or that the password is wrong', async () => {
    await using database = await createTestDatabase();
    const unreachable = deployMigrations({ databaseUrl: 'postgresql://app:secret-word@127.0.0.1:1/app' });
    await expect(unreachable).rejects.toThrow(MigrationError);
    await expect(unreachable).rejects.toThrow(/127\.0\.0\.1:1/);
    await expect(unreachable).rejects.not.toThrow(/secret-word/);
    const wrong = new URL(database.url);
    wrong.password = 'guessed';
    await expect(deployMigrations({ databaseUrl: wrong.href })).rejects.toMatchObject({ code: 'P1000' });
  });
});
