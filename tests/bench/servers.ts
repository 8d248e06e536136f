import { randomBytes } from 'node:crypto';
import { deployMigrations } from '@flotilla/db/migrate';
import { findRedis, startPostgres, startRedis } from '@flotilla/embedded';
import pg from 'pg';
import { processorSeconds, processorSecondsOfTree } from './processor.ts';

export type Servers = AsyncDisposable & {
  redisUrl: string;
  /** What each of them has used so far, in seconds of one core. */
  processorSeconds(): { postgres: number; redis: number };
  /** What cost the most in Postgres since the last call; empty unless the servers were started to be profiled. */
  takeStatements(): Promise<Statement[]>;
  /** Runs a statement beside the databases that are measured, so that it does not count in theirs. */
  onServer<Row extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<Row[]>;
  /** A database of its own; gone when it goes out of scope. */
  createDatabase(kind: { migrated: boolean }): Promise<AsyncDisposable & { url: string; name: string }>;
};

/** A checkpoint in the middle of one contender's round would be counted against it. */
const SETTINGS = { max_wal_size: '4GB' };
const PROFILED = { shared_preload_libraries: 'pg_stat_statements', 'pg_stat_statements.track_planning': 'on' };
const STATEMENTS_SHOWN = 15;

export type Statement = {
  query: string;
  calls: number;
  rows: number;
  execMs: number;
  planMs: number;
  walBytes: number;
};

/** A Postgres and a Redis for this run alone. Everything is written through to the disk, as in production. */
export async function startServers(options: { isProfiled: boolean; log(line: string): void }): Promise<Servers> {
  const { isProfiled, log } = options;
  const resources = new AsyncDisposableStack();
  try {
    const postgres = resources.use(
      await startPostgres({ durability: 'full', settings: { ...SETTINGS, ...(isProfiled && PROFILED) }, log }),
    );
    const found = await findRedis({ env: { PATH: process.env['PATH'] }, log });
    if (found.kind === 'server') throw new Error('the bench runs a Redis of its own');
    const redis = resources.use(await startRedis({ program: found.path, log }));
    const admin = new pg.Pool({ connectionString: withDatabase(postgres.url, 'postgres'), max: 1 });
    resources.defer(() => admin.end());
    if (isProfiled) await admin.query('CREATE EXTENSION pg_stat_statements');

    return {
      redisUrl: redis.url,
      processorSeconds: () => ({
        postgres: processorSecondsOfTree(postgres.pid),
        redis: processorSeconds(redis.pid),
      }),
      async takeStatements() {
        if (!isProfiled) return [];
        const { rows } = await admin.query<Statement>(
          `SELECT query, calls::float8, rows::float8, total_exec_time AS "execMs", total_plan_time AS "planMs",
                  wal_bytes::float8 AS "walBytes"
           FROM pg_stat_statements ORDER BY total_exec_time + total_plan_time DESC LIMIT ${STATEMENTS_SHOWN}`,
        );
        await admin.query('SELECT pg_stat_statements_reset()');
        return rows;
      },
      async onServer<Row extends pg.QueryResultRow>(text: string, values: unknown[] = []) {
        return (await admin.query<Row>(text, values)).rows;
      },
      async createDatabase({ migrated }) {
        const name = `bench_${randomBytes(4).toString('hex')}`;
        const url = withDatabase(postgres.url, name);
        if (migrated) await deployMigrations({ databaseUrl: url });
        else await admin.query(`CREATE DATABASE ${name}`);
        return {
          url,
          name,
          [Symbol.asyncDispose]: async () => {
            await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
          },
        };
      },
      [Symbol.asyncDispose]: () => resources.disposeAsync(),
    };
  } catch (error) {
    await resources.disposeAsync();
    throw error;
  }
}

function withDatabase(serverUrl: string, name: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}
