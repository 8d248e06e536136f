import type { Client } from '../client.ts';
import { DatabaseUnavailableError } from '../errors.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { runStatement } from '../statement.ts';
import { MIGRATIONS_DIR, readMigrationNames } from './migrations-dir.ts';

const NAMED_AT_MOST = 3;

/**
 * Whether the database has every migration that lies beside this code. One by one, since the newest alone says little: of
 * two releases' branches the one that lands later may be dated earlier. Migrations that this code does not know are a
 * newer version's, which works beside it. Once all were seen nothing is asked any more: none is ever taken back.
 */
export function createSchemaCheck(client: Client): () => Promise<void> {
  let isComplete = false;
  return async function checkSchema() {
    if (isComplete) return;
    const [needed, applied] = await Promise.all([readMigrationNames(MIGRATIONS_DIR), readApplied(client)]);
    const missing = needed.filter((name) => !applied.has(name));
    if (missing.length > 0) throw new DatabaseUnavailableError(`the database lacks migrations: ${listOf(missing)}`);
    isComplete = true;
  };
}

/** Those that ran to their end. One that is under way or broke off has no end; one that was given up is rolled back. */
async function readApplied(client: Client): Promise<Set<string>> {
  const [table] = await runStatement<{ isThere: boolean }>(
    client,
    Prisma.sql`SELECT to_regclass('_prisma_migrations') IS NOT NULL AS "isThere"`,
  );
  if (table?.isThere !== true) return new Set();
  const rows = await runStatement<{ name: string }>(
    client,
    Prisma.sql`
      SELECT migration_name AS name FROM _prisma_migrations
      WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL`,
  );
  return new Set(rows.map(({ name }) => name));
}

function listOf(names: readonly string[]): string {
  const more = names.length - NAMED_AT_MOST;
  return names.slice(0, NAMED_AT_MOST).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
