import { deployMigrations } from '@flotilla/db/migrate';
import { startPostgres } from '@flotilla/embedded';
import pg from 'pg';

const TEMPLATE = 'chaos_template';

/** A Postgres of the suite's own, with full durability: what it acknowledged is there after a crash. */
export type ChaosPostgres = AsyncDisposable & {
  /** A fresh copy of the migrated schema. @returns its URL */
  createDatabase(name: string): Promise<string>;
  dropDatabase(name: string): Promise<void>;
  /** `fast` ends connections in order; `immediate` is a crash, with recovery at the next start. */
  stop(how: 'fast' | 'immediate'): Promise<void>;
  start(): Promise<void>;
  isRunning(): boolean;
  /** Where its files are: `cluster/data` below this. */
  dataDir(): string;
  query<Row extends pg.QueryResultRow>(databaseUrl: string, text: string, values?: unknown[]): Promise<Row[]>;
};

/**
 * @param dataDir a folder of the caller's, who removes it
 * @param settings more of `postgresql.conf`, at every start
 */
export async function openPostgres(dataDir: string, settings: Record<string, string> = {}): Promise<ChaosPostgres> {
  const log = () => undefined;
  let server = await startPostgres({ dataDir, settings, log });
  const { url, port } = server;
  let running = true;
  const urlOf = (name: string) => url.replace(/\/[^/]*$/, `/${name}`);
  await deployMigrations({ databaseUrl: urlOf(TEMPLATE) });

  async function query<Row extends pg.QueryResultRow>(databaseUrl: string, text: string, values: unknown[] = []) {
    const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 5_000 });
    // A server that is stopped on purpose ends this connection too.
    client.on('error', () => undefined);
    try {
      await client.connect();
      return (await client.query<Row>(text, values)).rows;
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  return {
    query,
    isRunning: () => running,
    dataDir: () => server.dataDir,
    async createDatabase(name) {
      await query(urlOf('postgres'), `CREATE DATABASE ${pg.escapeIdentifier(name)} TEMPLATE ${TEMPLATE}`);
      return urlOf(name);
    },
    async dropDatabase(name) {
      await query(urlOf('postgres'), `DROP DATABASE IF EXISTS ${pg.escapeIdentifier(name)} WITH (FORCE)`);
    },
    async stop(how) {
      running = false;
      process.kill(server.pid, how === 'fast' ? 'SIGINT' : 'SIGQUIT');
      await server.exited;
    },
    async start() {
      server = await startPostgres({ dataDir, port, settings, log });
      running = true;
    },
    [Symbol.asyncDispose]: () => server.stop(),
  };
}
