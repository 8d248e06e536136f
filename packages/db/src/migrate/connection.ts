import pg from 'pg';

/** A server that does not answer at all must not hold up a start for the operating system's two minutes. */
const CONNECT_TIMEOUT_MS = 10_000;

/** What stops a migration before it starts. `code` is Prisma's, so that the CLI prints and treats it as its own. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError';
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The same server, another database. Done in the URL, because pg lets the URL's database win over the option beside it. */
export const withDatabase = (databaseUrl: string, database: string): string => {
  const url = new URL(databaseUrl);
  url.pathname = `/${encodeURIComponent(database)}`;
  return url.href;
};

export const databaseOf = (databaseUrl: string): string =>
  decodeURIComponent(new URL(databaseUrl).pathname.slice(1)) || 'postgres';

export const schemaOf = (databaseUrl: string): string | undefined =>
  new URL(databaseUrl).searchParams.get('schema') ?? undefined;

/** The engine keeps its advisory lock and its settings in one session, hence one connection and no idle close. */
export const poolConfig = (databaseUrl: string): pg.PoolConfig => ({
  connectionString: databaseUrl,
  connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  application_name: 'flotilla-migrate',
  max: 1,
  idleTimeoutMillis: 0,
});

/** Connects, runs `use`, disconnects. @throws MigrationError when the server refuses or cannot be reached. */
export const withClient = async <T>(databaseUrl: string, use: (client: pg.Client) => Promise<T>): Promise<T> => {
  const client = new pg.Client({
    connectionString: databaseUrl,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: 'flotilla-migrate',
  });
  // A connection cut while idle is reported here and again by the next query; without a listener it ends the process.
  client.on('error', () => {});
  try {
    await client.connect();
  } catch (error) {
    await client.end().catch(() => {});
    throw explain(error, databaseUrl);
  }
  try {
    return await use(client);
  } finally {
    await client.end().catch(() => {});
  }
};

/** The SQLSTATE or the system's code; node reports a host with several addresses as one AggregateError. */
export const errorCodeOf = (error: unknown): string | undefined => {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return error instanceof AggregateError ? errorCodeOf(error.errors[0]) : undefined;
};

/** Says what is wrong without repeating the URL, which holds the password. */
const explain = (error: unknown, databaseUrl: string): MigrationError => {
  const url = new URL(databaseUrl);
  const code = errorCodeOf(error);
  if (code === '3D000') {
    return new MigrationError('P1003', `Database \`${databaseOf(databaseUrl)}\` does not exist`, { cause: error });
  }
  if (code === '28P01' || code === '28000') {
    const user = decodeURIComponent(url.username);
    return new MigrationError('P1000', `Authentication failed for database user \`${user}\``, { cause: error });
  }
  const server = `${url.searchParams.get('host') ?? (url.hostname || 'localhost')}:${url.port || '5432'}`;
  const reason = error instanceof Error && error.message !== '' ? error.message : code;
  return new MigrationError('P1001', `Can't reach the database server at \`${server}\`: ${reason}`, { cause: error });
};
