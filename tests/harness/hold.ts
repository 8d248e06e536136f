import pg from 'pg';
import { waitFor } from './wait-for.ts';

/** A connection that the test itself has to the database. */
type Hand = { sql: pg.Client };
type Held = AsyncDisposable & { lock(statement: string): Promise<void>; letGo(): Promise<void> };

/**
 * Locks rows by hand, from a connection of its own: the point of a race at which whoever comes stops, until the test
 * lets go.
 */
export async function hold({ sql }: Hand, lock: string): Promise<Held> {
  const { host, port, user, password, database } = sql;
  const own = new pg.Client({ host, port, user, database, ...(typeof password === 'string' && { password }) });
  await own.connect();
  // In a deadlock, it is never this connection that gives way.
  await own.query(`SET deadlock_timeout = '10min'`);
  await own.query('BEGIN');
  await own.query(lock);
  return {
    async lock(statement) {
      await own.query(statement);
    },
    async letGo() {
      await own.query('COMMIT');
    },
    [Symbol.asyncDispose]: () => own.end(),
  };
}

/** Whatever asks that database, be it a pool. */
type Asking = { sql: { query(text: string): Promise<{ rowCount: number | null }> } };

const WAITING = `FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;

/** Resolves once so many statements wait for a lock. */
export async function waiters({ sql }: Asking, count: number): Promise<void> {
  await waitFor(async () => (await sql.query(`SELECT ${WAITING}`)).rowCount === count, {
    what: `${count} statements at a lock`,
  });
}

/** Ends the connections that wait for a lock: of a killed process, the server would still carry out what it was sent. */
export async function endWaiters({ sql }: Hand): Promise<void> {
  await sql.query(`SELECT pg_terminate_backend(pid) ${WAITING}`);
  await waiters({ sql }, 0);
}

/** Sets something for the connections of this test's database that are opened from now on. */
export async function setForNewConnections({ sql }: Hand, setting: string): Promise<void> {
  await sql.query(`DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET ${setting}', current_database()); END $$`);
}
