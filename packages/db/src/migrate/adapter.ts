import { PrismaPg } from '@prisma/adapter-pg';
import {
  ColumnTypeEnum,
  type SqlDriverAdapter,
  type SqlMigrationAwareDriverAdapterFactory,
} from '@prisma/driver-adapter-utils';
import pg from 'pg';

import { createDatabase, dropDatabase } from './admin.ts';
import { poolConfig, schemaOf, withDatabase } from './connection.ts';
import { type LockPatience, runPatiently } from './patient-script.ts';

/** `"char"`, the one-byte type of the system catalogue, which `@prisma/adapter-pg` 7.10 refuses as unsupported. */
const CATALOGUE_CHAR = 18;

/**
 * `@prisma/adapter-pg`, mended in the two places where the schema engine needs more of it than the client does.
 * @param options.locks what scripts do about locked tables; absent: they wait
 * @param options.onDispose runs after the connection is closed; the shadow database is dropped there.
 */
const openAdapter = async (
  databaseUrl: string,
  { locks, onDispose }: { locks?: LockPatience | undefined; onDispose?: () => Promise<void> } = {},
): Promise<SqlDriverAdapter> => {
  const pool = new pg.Pool(poolConfig(databaseUrl));
  const { pool: markedPool, charColumns } = markCharColumns(pool);
  const inner = await new PrismaPg(markedPool, { schema: schemaOf(databaseUrl) ?? 'public' }).connect();
  async function send(sql: string): Promise<void> {
    await inner.executeRaw({ sql, args: [], argTypes: [] });
  }
  return {
    provider: inner.provider,
    adapterName: inner.adapterName,
    queryRaw: async (query) => {
      const result = await inner.queryRaw(query);
      for (const column of charColumns(result.rows)) result.columnTypes[column] = ColumnTypeEnum.Character;
      return result;
    },
    executeRaw: (query) => inner.executeRaw(query),
    // Its own executeScript splits at every semicolon, and so breaks the body of a function. Without arguments pg
    // speaks the simple query protocol, which takes a whole script as it stands, like the native engine does.
    executeScript: (script) => (locks ? runPatiently(script, send, locks) : send(script)),
    startTransaction: (isolationLevel) => inner.startTransaction(isolationLevel),
    getConnectionInfo: () => inner.getConnectionInfo(),
    dispose: async () => {
      await pool.end();
      await onDispose?.();
    },
  };
};

/**
 * Shows the adapter every `"char"` column as text, and remembers by the identity of the rows, which the adapter
 * passes on untouched, where they were: the engine wants to be told `Character`.
 */
const markCharColumns = (pool: pg.Pool) => {
  const columnsByRows = new WeakMap<object, number[]>();
  const query = async (config: pg.QueryArrayConfig<unknown[]>) => {
    const result = await pool.query(config);
    // A script of several statements yields a list of results, none of them read.
    if (Array.isArray(result)) return result;
    const marked = result.fields.flatMap((field, index) => (field.dataTypeID === CATALOGUE_CHAR ? [index] : []));
    columnsByRows.set(result.rows, marked);
    for (const field of result.fields) {
      if (field.dataTypeID === CATALOGUE_CHAR) field.dataTypeID = pg.types.builtins.TEXT;
    }
    return result;
  };
  const markedPool = new Proxy(pool, {
    get: (target, name): unknown => (name === 'query' ? query : Reflect.get(target, name)),
  });
  return { pool: markedPool, charColumns: (rows: object): number[] => columnsByRows.get(rows) ?? [] };
};

/** What the engine connects through. A shadow database of its own is created and dropped unless one is named. */
export const createAdapterFactory = (
  databaseUrl: string,
  { shadowDatabaseUrl, locks }: { shadowDatabaseUrl?: string | undefined; locks?: LockPatience } = {},
): SqlMigrationAwareDriverAdapterFactory => ({
  provider: 'postgres',
  adapterName: '@prisma/adapter-pg',
  connect: () => openAdapter(databaseUrl, { locks }),
  connectToShadowDb: async () => {
    if (shadowDatabaseUrl !== undefined) {
      const adapter = await openAdapter(shadowDatabaseUrl);
      await adapter.executeScript('DROP SCHEMA IF EXISTS public CASCADE; CREATE SCHEMA public;');
      return adapter;
    }
    const shadow = withDatabase(databaseUrl, `prisma_migrate_shadow_db_${crypto.randomUUID()}`);
    await createDatabase(shadow);
    return openAdapter(shadow, { onDispose: () => dropDatabase(shadow) });
  },
});
