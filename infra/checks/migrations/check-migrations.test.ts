import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkMigrations } from './check-migrations.ts';
import { EXCEPTIONS } from './exceptions.ts';
import { judgeMigration } from './judge.ts';

const MIGRATIONS = join(import.meta.dirname, '../../../prisma/migrations');
const says = (script: string) => judgeMigration(script).map((fault) => fault.says);

it('every migration since the first release may be deployed while the version before is running', () => {
  expect(checkMigrations(MIGRATIONS, EXCEPTIONS)).toEqual([]);
});

it('finds nothing in the next release that is migrated beneath a fleet under load', () => {
  expect(checkMigrations(join(import.meta.dirname, '../../../tests/e2e/next-release'), [])).toEqual([]);
});

it('finds in a migration of before what would have held up every write to deliveries', () => {
  const script = readFileSync(join(MIGRATIONS, '20261128104200_delivered_deliveries/migration.sql'), 'utf8');
  expect(says(script)).toEqual([expect.stringContaining('deliveries'), expect.stringContaining('deliveries')]);
});

describe('a migration may', () => {
  it.each([
    ['add a column that may be null', 'ALTER TABLE "missions" ADD COLUMN "hull" TEXT;'],
    [
      'add one with a constant',
      `ALTER TABLE missions ADD COLUMN "a" INTEGER NOT NULL DEFAULT -1, ADD COLUMN b TEXT[] DEFAULT ARRAY[]::TEXT[];`,
    ],
    [
      'add one with the time of the migration',
      'ALTER TABLE "steps" ADD COLUMN "at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP;',
    ],
    [
      'add one with a time after it',
      `ALTER TABLE "steps" ADD COLUMN "at" TIMESTAMPTZ(6) NOT NULL DEFAULT (now() + '1 day'::interval);`,
    ],
    [
      'build an index beside the writes',
      '-- For the list; of ended ones.\nCREATE INDEX CONCURRENTLY "missions_x" ON "missions" ("hull") WHERE "hull" IS NOT NULL;',
    ],
    ['build one on a table of a few rows', 'CREATE INDEX "workers_x" ON "workers" ("hostname");'],
    [
      'make a table, with all that belongs to it',
      `CREATE TABLE "hulls" ("id" TEXT NOT NULL, CONSTRAINT "hulls_pkey" PRIMARY KEY ("id"));
      CREATE UNIQUE INDEX "hulls_x" ON "hulls"("id");
      ALTER TABLE "hulls" ADD CONSTRAINT "hulls_fkey" FOREIGN KEY ("id") REFERENCES "missions"("id") ON DELETE CASCADE;
      CREATE FUNCTION "count_hulls"() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN DELETE FROM hulls; RETURN NULL; END; $$;
      CREATE TRIGGER "hulls_counted" AFTER INSERT ON "hulls" FOR EACH ROW EXECUTE FUNCTION "count_hulls"();
      INSERT INTO "hulls" ("id") VALUES ('a;b');`,
    ],
    [
      'say where a column lies and how full pages are',
      'ALTER TABLE "steps" ALTER COLUMN "message" SET STORAGE EXTERNAL, SET (fillfactor = 70);',
    ],
    ['see that a constraint holds', 'ALTER TABLE "steps" VALIDATE CONSTRAINT "c";'],
  ])('%s', (_, script) => {
    expect(says(script)).toEqual([]);
  });
});

describe('a migration may not', () => {
  it.each([
    ['drop a table', 'DROP TABLE "steps";'],
    ['drop a column', 'ALTER TABLE "steps" DROP COLUMN "model";'],
    ['drop an index', 'DROP INDEX CONCURRENTLY "missions_due";'],
    ['rename a column', 'ALTER TABLE "steps" RENAME COLUMN "model" TO "asked";'],
    ['rename a table', 'ALTER TABLE "steps" RENAME TO "turns_of_models";'],
    ['change the type of a column', 'ALTER TABLE "steps" ALTER COLUMN "number" SET DATA TYPE BIGINT;'],
    ['change it in the short form', 'alter table steps alter number type bigint;'],
    ['demand what the version before leaves out', 'ALTER TABLE "steps" ADD COLUMN "hull" TEXT NOT NULL;'],
    ['demand it of a column of before', 'ALTER TABLE "steps" ALTER COLUMN "tries" SET NOT NULL;'],
    ['take a default away', 'ALTER TABLE "steps" ALTER COLUMN "tries" DROP DEFAULT;'],
    ['let a column be null that is read as never null', 'ALTER TABLE "steps" ALTER COLUMN "tries" DROP NOT NULL;'],
    ['rewrite every row for its own default', 'ALTER TABLE "steps" ADD COLUMN "token" UUID DEFAULT gen_random_uuid();'],
    [
      'rewrite every row for a generated column',
      'ALTER TABLE "steps" ADD COLUMN "n" INT GENERATED ALWAYS AS ("number" + 1) STORED;',
    ],
    ['check every row under a lock', 'ALTER TABLE "steps" ADD CONSTRAINT "c" CHECK ("number" > 0);'],
    [
      'refuse what the version before may write, even without checking',
      'ALTER TABLE "steps" ADD CONSTRAINT "c" CHECK ("number" > 0) NOT VALID;',
    ],
    ['point a new column at a table', 'ALTER TABLE "steps" ADD COLUMN "hull" TEXT REFERENCES "missions"("id");'],
    [
      'see that a constraint holds while it has the table locked',
      'ALTER TABLE "steps" SET (fillfactor = 70), VALIDATE CONSTRAINT "c";',
    ],
    [
      'or since the statement before',
      'ALTER TABLE "steps" SET (fillfactor = 70); ALTER TABLE "steps" VALIDATE CONSTRAINT "c";',
    ],
    [
      'take a table of before for its own',
      'CREATE TABLE IF NOT EXISTS "steps" ("id" TEXT); ALTER TABLE "steps" DROP COLUMN "model";',
    ],
    ['hide one bad change among good ones', 'ALTER TABLE "steps" ADD COLUMN "a" TEXT, DROP COLUMN "model";'],
    ['hide it in a comment’s shadow', 'ALTER TABLE "steps" /* ADD COLUMN "a" TEXT */ DROP COLUMN "model"; -- ;'],
    ['stop all writes for an index', 'CREATE INDEX "missions_x" ON "missions" ("tags");'],
    ['stop them for one on a table it does not know', 'CREATE INDEX "x" ON "some_table_of_later" ("a");'],
    [
      'build one beside the writes and something else',
      'ALTER TABLE "steps" ADD COLUMN "a" TEXT; CREATE INDEX CONCURRENTLY "x" ON "steps" ("a");',
    ],
    ['pass over an index that was cut short', 'CREATE INDEX CONCURRENTLY IF NOT EXISTS "x" ON "steps" ("model");'],
    [
      'make rows unique that the version before may repeat',
      'CREATE UNIQUE INDEX CONCURRENTLY "x" ON "steps" ("model");',
    ],
    [
      'have the version before run a trigger',
      'CREATE TRIGGER "t" AFTER INSERT ON "steps" FOR EACH ROW EXECUTE FUNCTION "f"();',
    ],
    [
      'replace a function',
      'CREATE OR REPLACE FUNCTION "new_id"("prefix" text) RETURNS text LANGUAGE sql AS $$ SELECT 1 $$;',
    ],
    ['add a value that the version before cannot read', `ALTER TYPE "answer_kind" ADD VALUE 'vote';`],
    ['write all rows in one transaction', `UPDATE "missions" SET "pool" = 'default';`],
    ['copy all rows in one transaction', 'INSERT INTO "turns" ("name") SELECT "id" FROM "missions";'],
    ['delete rows', 'DELETE FROM "missions" WHERE "pool" IS NULL;'],
    [
      'lock one table while it waits for another',
      'ALTER TABLE "steps" ADD COLUMN "a" TEXT; ALTER TABLE "missions" ADD COLUMN "a" TEXT;',
    ],
    ['end its transaction in the middle', 'ALTER TABLE "steps" ADD COLUMN "a" TEXT; COMMIT;'],
    ['lift the limit on waiting', 'SET lock_timeout = 0; ALTER TABLE "steps" ADD COLUMN "a" TEXT;'],
    ['do what nobody can read', 'DO $$ BEGIN EXECUTE $x$ DROP TABLE steps $x$; END $$;'],
  ])('%s', (_, script) => {
    expect(says(script)).not.toEqual([]);
  });
});

it('lets pass what has an exception, and the migrations of before the first release; and finds an exception that nothing needs', () => {
  const dir = mkdtempSync(join(tmpdir(), 'flotilla-migrations-'));
  try {
    for (const name of ['20261128999999_before', '20270101000000_since']) {
      mkdirSync(join(dir, name));
      writeFileSync(join(dir, name, 'migration.sql'), 'DROP TABLE "hulls"; DROP TABLE "masts";');
    }
    const exception = {
      migration: '20270101000000_since',
      statement: 'DROP TABLE "hulls"',
      reason: 'Nothing reads it.',
    };
    expect(checkMigrations(dir, [exception])).toEqual([
      expect.stringMatching(/^20270101000000_since: DROP TABLE "masts": /),
    ]);
    const idle = { ...exception, statement: 'DROP TABLE "oars"' };
    expect(checkMigrations(dir, [exception, idle])).toContainEqual(expect.stringMatching(/"oars".*no exception/));
  } finally {
    rmSync(dir, { recursive: true });
  }
});
