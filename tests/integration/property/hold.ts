import pg from 'pg';
import { waitFor } from '../../harness/index.ts';
import type { Fixture } from '../db/fixture.ts';

export type Held = AsyncDisposable & { lock(statement: string): Promise<void>; letGo(): Promise<void> };

/**
 * Locks rows by hand, from a connection of its own: the point of a race at which whoever comes stops, until the test
 * lets go.
 */
export async function hold(f: Fixture, lock: string): Promise<Held> {
  const { host, port, user, password, database } = f.sql;
  const sql = new pg.Client({ host, port, user, database, ...(typeof password === 'string' && { password }) });
  await sql.connect();
  await sql.query('BEGIN');
  await sql.query(lock);
  return {
    async lock(statement) {
      await sql.query(statement);
    },
    async letGo() {
      await sql.query('COMMIT');
    },
    [Symbol.asyncDispose]: () => sql.end(),
  };
}

/** Resolves once so many statements wait for a lock. */
export async function waiters(f: Fixture, count: number): Promise<void> {
  const statement = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
  await waitFor(async () => (await f.sql.query(statement)).rowCount === count, {
    what: `${count} statements at a lock`,
  });
}
