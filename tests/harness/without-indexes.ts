import type pg from 'pg';

/** The indexes of a table that hold no constraint, as statements that make them. */
const INDEXES = `
  SELECT quote_ident(indexname) AS name, indexdef AS statement FROM pg_indexes
  WHERE tablename = $1 AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conname = indexname)`;

/**
 * Fills a table on this connection while it has no indexes, and while no trigger and no foreign key is looked at: a
 * million rows go in in a quarter of the time.
 */
export async function withoutIndexes(
  sql: Pick<pg.Client, 'query'>,
  table: string,
  fill: () => Promise<unknown>,
): Promise<void> {
  const { rows: indexes } = await sql.query<{ name: string; statement: string }>(INDEXES, [table]);
  await sql.query('SET session_replication_role = replica');
  for (const { name } of indexes) await sql.query(`DROP INDEX ${name}`);
  await fill();
  for (const { statement } of indexes) await sql.query(statement);
  await sql.query('SET session_replication_role = origin');
}
