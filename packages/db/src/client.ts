import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { PrismaClient } from './generated/prisma/client.ts';

export type ClientOptions = {
  /** `postgresql://…`; may be a pooler in transaction mode. */
  url: string;
  /** Connections this process holds at most. */
  poolSize: number;
  /** How long a statement may take, and how long to wait for a connection, in milliseconds. */
  statementTimeoutMs: number;
  connectTimeoutMs: number;
  applicationName: string;
};

export type Client = PrismaClient;

const SILENT_AFTER_MS = 1_000;

/**
 * Prisma on its Postgres adapter, over a pool of ours: Prisma 7 has none of its own, settings in the URL
 * (`connection_limit`) would be ignored without a word, and a pool of the adapter's could not be looked at.
 */
export function createClient(options: ClientOptions): { client: Client; pool: pg.Pool } {
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.poolSize,
    statement_timeout: options.statementTimeoutMs,
    // The server ends a slow statement; only the client can end one whose server, or the way to it, fell silent.
    query_timeout: options.statementTimeoutMs + SILENT_AFTER_MS,
    connectionTimeoutMillis: options.connectTimeoutMs,
    application_name: options.applicationName,
    keepAlive: true,
  });
  return { client: new PrismaClient({ adapter: new PrismaPg(pool, { disposeExternalPool: true }) }), pool };
}
