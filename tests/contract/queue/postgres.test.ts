import pg from 'pg';
import { expect, it } from 'vitest';
import { createTestDatabase } from '../../harness/index.ts';
import { MISSIONS, missionBell, openBench, until } from './bench.ts';
import { openPrivatePostgres } from './private-postgres.ts';
import { describeQueue } from './queue-contract.ts';

async function openPlace() {
  const { url, ...place } = await createTestDatabase();
  return { ...place, prefix: 'flotilla_queue', backend: { kind: 'postgres', url } } as const;
}

describeQueue({ kind: 'postgres', openPlace, openPrivateServer: openPrivatePostgres });

/** Holds up whoever looks at the queue's tables before its first statement. */
const LOCK = 'BEGIN; LOCK TABLE flotilla_queue.migration IN ACCESS EXCLUSIVE MODE';
const BREAK = `SELECT pg_terminate_backend(pid) FROM pg_locks
  WHERE NOT granted AND relation = 'flotilla_queue.migration'::regclass`;

it('outlives a connection that breaks while the queue’s tables are looked at, ringing and listening', async () => {
  await using place = await openPlace();
  await using bench = openBench(place);
  await bench.queue.migrate();
  const sql = new pg.Client({ connectionString: place.backend.url });
  await sql.connect();
  try {
    await sql.query(LOCK);
    const rung = bench.queue.ring(missionBell('mis_1'));
    const { heard } = bench.listen();
    let broken = 0;
    await until(async () => {
      broken += (await sql.query(BREAK)).rowCount ?? 0;
      return broken >= 2;
    }, 'both to be broken');
    expect(await rung).toBe(false);
    await sql.query('ROLLBACK');
    await until(() => bench.queue.ring(missionBell('mis_2')), 'a ring');
    await until(() => heard.includes('mis_2'), 'it to be heard');
    expect(await bench.queue.depth(MISSIONS)).toBe(0);
  } finally {
    await sql.end();
  }
});

/** What makes a table, be it a temporary one, has so many rows of these and more. */
const CATALOGS = `SELECT sum(n_tup_ins)::int AS rows FROM pg_stat_sys_tables
  WHERE relname IN ('pg_class', 'pg_type', 'pg_attribute')`;
const OTHERS = `SELECT FROM pg_stat_activity
  WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()`;
const BELLS = 20;

it('rings bell after bell, and leaves nothing of them in Postgres’ own catalogs', async () => {
  await using place = await openPlace();
  const sql = new pg.Client({ connectionString: place.backend.url });
  await sql.connect();
  try {
    {
      await using bench = openBench(place);
      await bench.queue.migrate();
      // Makes what a queue has once.
      await bench.queue.ringAll(Array.from({ length: 300 }, (_, at) => missionBell(`mis_many_${at}`)));
      expect(await bench.queue.depth(MISSIONS)).toBe(300);
    }
    const made = async () => {
      // What connections have done is counted when they end.
      await until(async () => (await sql.query(OTHERS)).rowCount === 0, 'the connections to end');
      return (await sql.query<{ rows: number }>(CATALOGS)).rows[0]?.rows ?? Number.NaN;
    };
    const before = await made();
    {
      await using bench = openBench(place);
      for (let at = 0; at < BELLS; at++) expect(await bench.queue.ring(missionBell(`mis_${at}`))).toBe(true);
      expect(await bench.queue.depth(MISSIONS)).toBe(300 + BELLS);
    }
    expect(before).toBeGreaterThan(0);
    expect((await made()) - before).toBeLessThan(BELLS);
  } finally {
    await sql.end();
  }
});
