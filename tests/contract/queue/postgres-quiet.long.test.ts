import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { expect, it } from 'vitest';
import { createTestDatabase } from '../../harness/index.ts';
import { openBench, until } from './bench.ts';

/** Sessions report what they did with a delay of at most this. */
const STATISTICS_LAG_MS = 1_500;
const WINDOW_MS = 5_000;
/** Sessions report late when the machine is busy, which puts earlier work into a window; polling would fill every one. */
const WINDOWS = 15;

it('asks Postgres at most twice a second while nothing is rung, and shares its database', async () => {
  await using database = await createTestDatabase();
  await using bench = openBench({ backend: { kind: 'postgres', url: database.url }, prefix: 'flotilla_queue' });
  await bench.queue.migrate();
  const { consumer } = bench.listen({ concurrency: 50 });
  bench.queue.signals.subscribe(() => undefined);
  bench.queue.signals.send({ kind: 'stop', missionId: 'mis_1' });
  await until(() => consumer.isHealthy(), 'the consumer ready');
  await sleep(STATISTICS_LAG_MS);

  const observer = new pg.Client({ connectionString: database.url });
  await observer.connect();
  try {
    const transactions = async () => {
      const { rows } = await observer.query<{ count: string }>(
        'SELECT xact_commit + xact_rollback AS count FROM pg_stat_database WHERE datname = current_database()',
      );
      return Number(rows[0]?.count);
    };
    const rates: number[] = [];
    while (rates.length < WINDOWS && !rates.some((rate) => rate <= 2)) {
      const before = await transactions();
      await sleep(WINDOW_MS);
      rates.push(((await transactions()) - before) / (WINDOW_MS / 1_000));
    }
    expect(Math.min(...rates)).toBeGreaterThan(0);
    expect(Math.min(...rates)).toBeLessThanOrEqual(2);

    const { rows } = await observer.query<{ schema: string; tables: string }>(
      `SELECT schemaname AS schema, count(*) AS tables FROM pg_tables
       WHERE tablename IN ('job', 'missions') GROUP BY 1 ORDER BY 1`,
    );
    expect(rows).toEqual([
      { schema: 'flotilla_queue', tables: '1' },
      { schema: 'public', tables: '1' },
    ]);
  } finally {
    await observer.end();
  }
}, 120_000);
