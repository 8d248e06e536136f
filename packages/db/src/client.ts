import { withSessionOptions } from '@flotilla/core';
import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { PrismaClient } from './generated/prisma/client.ts';
import { createStatementNames } from './kept.ts';

export type ClientOptions = {
  /** `postgresql://…`; may be a pooler in transaction mode. */
  url: string;
  /** Connections this process holds at most. */
  poolSize: number;
  /** How long a statement may take, and a login, in milliseconds. */
  statementTimeoutMs: number;
  connectTimeoutMs: number;
  /** How long a statement may wait while others have all connections; as long as for a login unless told otherwise. */
  waitTimeoutMs?: number;
  applicationName: string;
  /** Whether connections stay with their server, so that it may keep prepared statements. A pooler's do not. */
  isPrepared?: boolean;
};

export type Client = PrismaClient;

const SILENT_AFTER_MS = 1_000;
/**
 * A statement that is kept is planned once, in a new deployment for tables that are empty, and by that plan reads them
 * whole, however they grow, until Postgres has counted their rows: 10,000 webhooks took 53 million rows. Whatever is
 * asked for often has an index; where there is none, Postgres reads the table all the same.
 */
const BY_INDEX = '-c enable_seqscan=off';
/**
 * Whoever stands still between two statements of a transaction, frozen or cut off, keeps what it has locked from everybody
 * until the server ends it: TCP would notice after hours. Behind a pooler this is the pooler's to say.
 */
const NOT_STANDING_STILL = '-c idle_in_transaction_session_timeout=10s';
const byIndex = new WeakSet<Client>();

/**
 * Prisma on its Postgres adapter, over a pool of ours: Prisma 7 has none of its own, settings in the URL
 * (`connection_limit`) would be ignored without a word, and a pool of the adapter's could not be looked at.
 */
export function createClient(options: ClientOptions): { client: Client; pool: pg.Pool } {
  const ours = options.isPrepared === true ? `${BY_INDEX} ${NOT_STANDING_STILL}` : '';
  const pool = new pg.Pool({
    ...withSessionOptions(options.url, ours),
    max: options.poolSize,
    statement_timeout: options.statementTimeoutMs,
    // The server ends a slow statement; only the client can end one whose server, or the way to it, fell silent.
    query_timeout: options.statementTimeoutMs + SILENT_AFTER_MS,
    // The pool has one figure for both: that a machine stands still for a second is no reason to give up a statement
    // that only waits its turn, and a server that is silent for a second is gone.
    connectionTimeoutMillis: options.waitTimeoutMs ?? options.connectTimeoutMs,
    Client: class extends pg.Client {
      constructor(config?: pg.ClientConfig) {
        super({ ...config, connectionTimeoutMillis: options.connectTimeoutMs });
        // The pool listens to those that lie idle in it. One that was taken out and had no statement in hand when it broke
        // had nobody to tell, and ended the process.
        this.on('error', () => undefined);
      }
    },
    application_name: options.applicationName,
    keepAlive: true,
    // None is closed for a lull: the next burst would wait for logins, which take a second and more where all are at work.
    min: options.poolSize,
  });
  const adapter = new PrismaPg(pool, {
    disposeExternalPool: true,
    ...(options.isPrepared === true && { statementNameGenerator: createStatementNames() }),
  });
  const client = new PrismaClient({ adapter });
  if (options.isPrepared === true) byIndex.add(client);
  return { client, pool };
}

/** Whether its connections read by indexes as they are. */
export function readsByIndex(client: Client): boolean {
  return byIndex.has(client);
}
