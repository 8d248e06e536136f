import { setForNewConnections } from '../../harness/index.ts';
import type { Fixture } from '../db/fixture.ts';

const PATH = 'stopped, pg_catalog, public';

/**
 * Stops the clock of this test's database, for its own connection and for those opened from now on: `now()` says what
 * `setClock` set. On a machine that is busy elsewhere, a lease of seconds runs out between two moves, and the model knows
 * nothing of seconds.
 */
export async function stopClock(f: Fixture): Promise<void> {
  await f.sql.query(`
    CREATE SCHEMA stopped;
    CREATE TABLE stopped.clock AS SELECT clock_timestamp() AS at;
    CREATE FUNCTION stopped.now() RETURNS timestamptz LANGUAGE sql STABLE AS 'SELECT at FROM stopped.clock';
    DO $$ DECLARE own record; BEGIN
      FOR own IN SELECT table_name, column_name FROM information_schema.columns
                 WHERE table_schema = 'public' AND column_default IN ('CURRENT_TIMESTAMP', 'now()') LOOP
        EXECUTE format('ALTER TABLE public.%I ALTER %I SET DEFAULT stopped.now()', own.table_name, own.column_name);
      END LOOP; END $$;
    SET search_path = ${PATH}`);
  await setForNewConnections(f, `search_path = ${PATH}`);
}

/** Sets the stopped clock to the real time, and tells it. */
export async function setClock(f: Fixture): Promise<Date> {
  const { rows } = await f.sql.query<{ at: Date }>('UPDATE stopped.clock SET at = clock_timestamp() RETURNING at');
  return rows[0]?.at ?? new Date(Number.NaN);
}
