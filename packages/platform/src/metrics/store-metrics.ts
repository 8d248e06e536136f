import { BUCKETS, ROW_BUCKETS } from './buckets.ts';
import type { Metrics } from './metrics.ts';

/** A multi-row commit that came back. `kind` is what was written, such as `claim`. */
export type BatchFact = { kind: string; rows: number; durationMs: number; outcome: 'ok' | 'failed' };
export type PoolUse = { max: number; total: number; idle: number; waiting: number };

export type StoreMetrics = {
  batch(fact: BatchFact): void;
  /** Where the use of the connection pool is read when somebody asks. */
  watchPool(read: () => PoolUse): void;
};

/** What every process that holds a connection pool and commits in batches measures of it. */
export function createStoreMetrics(metrics: Metrics): StoreMetrics {
  const rows = metrics.histogram({
    name: 'flotilla_batch_rows',
    help: 'Writes that travelled in one commit, by kind of batch.',
    labels: ['batch'],
    buckets: ROW_BUCKETS,
  });
  const duration = metrics.histogram({
    name: 'flotilla_batch_duration_seconds',
    help: 'Time of one commit, from its sending to its outcome, by kind of batch and outcome.',
    labels: ['batch', 'outcome'],
    buckets: BUCKETS.fast,
  });
  const connections = metrics.gauge({
    name: 'flotilla_database_connections',
    help: 'Connections of this process to Postgres, by state.',
    labels: ['state'],
  });
  const connectionsMax = metrics.gauge({
    name: 'flotilla_database_connections_max',
    help: 'Connections that this process may hold to Postgres.',
  });
  const waiting = metrics.gauge({
    name: 'flotilla_database_pool_waiting',
    help: 'Statements of this process that wait for a connection.',
  });

  return {
    batch(fact) {
      rows.observe({ batch: fact.kind }, fact.rows);
      duration.observe({ batch: fact.kind, outcome: fact.outcome }, fact.durationMs / 1_000);
    },
    watchPool(read) {
      metrics.onScrape({
        name: 'database pool',
        async read() {
          const { max, total, idle, waiting: inLine } = read();
          connections.set({ state: 'busy' }, total - idle);
          connections.set({ state: 'idle' }, idle);
          connectionsMax.set(max);
          waiting.set(inLine);
        },
        clear: () => undefined,
      });
    },
  };
}
