import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { expect, it } from 'vitest';
import { createTestDatabase } from '../../harness/index.ts';
import { missionBell, openBench, until } from './bench.ts';

/** What deployments are told of a worker with one pool, as the overlays are judged by it. */
const PAGE = readFileSync(join(import.meta.dirname, '../../../k8s/README.md'), 'utf8');
const [, ofWorker] = /an API pod \d+, a worker (\d+),/.exec(PAGE) ?? [];

/** More than there are connections, of either queue. */
const RINGS = Array.from({ length: 12 }, (_, index) => index + 1);

it('a process has no more connections for its queue than deployments are told, whatever it does at once', async () => {
  await using database = await createTestDatabase();
  await using bench = openBench({ backend: { kind: 'postgres', url: database.url }, prefix: 'flotilla_queue' });
  const { queue } = bench;
  await queue.migrate();
  const { consumer, heard } = bench.listen({ concurrency: RINGS.length });
  const deliveries = queue.consume({ job: 'delivery', concurrency: RINGS.length, handle: async () => undefined });
  queue.openTeller();
  queue.follow('mis_1', { onEvents: () => undefined });
  queue.tellOfEvents('mis_1');
  const observer = new pg.Client({ connectionString: database.url });
  await observer.connect();
  try {
    await until(() => consumer.isHealthy() && deliveries.isHealthy(), 'both consumers ready');
    let most = 0;
    let ofSignals = 0;
    let round = 0;
    await until(async () => {
      round += 1;
      const rung = RINGS.flatMap((index) => [
        queue.ring(missionBell(`mis_${index}`, { ring: round })),
        queue.ring({ job: 'delivery', deliveryId: `dlv_${index}`, ring: round }),
      ]);
      const { rows } = await observer.query<{ all: number; signals: number }>(
        `SELECT count(*)::int AS all, count(*) FILTER (WHERE application_name = 'flotilla-signals')::int AS signals
         FROM pg_stat_activity
         WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()`,
      );
      await Promise.all(rung);
      most = Math.max(most, rows[0]?.all ?? 0);
      ofSignals = Math.max(ofSignals, rows[0]?.signals ?? 0);
      return ofSignals === 4 && heard.length >= RINGS.length;
    }, 'four connections for signals, and a round of bells');
    // At the very least one to ring on, and of each consumer one that works and one that listens.
    expect(most).toBeGreaterThanOrEqual(ofSignals + 1 + 2 * 2);
    expect(most).toBeLessThanOrEqual(Number(ofWorker));
  } finally {
    await observer.end();
  }
});
