import pg from 'pg';

import { databaseOf, errorCodeOf, MigrationError, withClient, withDatabase } from './connection.ts';

/** Databases are created and dropped from here: nobody can drop the one they are connected to. */
const MAINTENANCE_DATABASE = 'postgres';

const run = (databaseUrl: string, sql: string): Promise<void> =>
  withClient(withDatabase(databaseUrl, MAINTENANCE_DATABASE), async (client) => {
    await client.query(sql);
  });

/** @returns false when somebody else created it first */
export const createDatabase = async (databaseUrl: string): Promise<boolean> => {
  try {
    await run(databaseUrl, `CREATE DATABASE ${pg.escapeIdentifier(databaseOf(databaseUrl))}`);
    return true;
  } catch (error) {
    // 42P04 duplicate_database; 23505 when two of them meet inside the catalogue.
    const code = errorCodeOf(error);
    if (code === '42P04' || code === '23505') return false;
    throw error;
  }
};

export const dropDatabase = (databaseUrl: string): Promise<void> =>
  run(databaseUrl, `DROP DATABASE IF EXISTS ${pg.escapeIdentifier(databaseOf(databaseUrl))} WITH (FORCE)`);

/** @throws MigrationError `P1000` wrong password, `P1001` unreachable, `P1003` no such database */
export const checkConnection = (databaseUrl: string): Promise<void> => withClient(databaseUrl, async () => {});

export const ensureDatabase = async (databaseUrl: string): Promise<void> => {
  try {
    await checkConnection(databaseUrl);
  } catch (error) {
    if (!(error instanceof MigrationError) || error.code !== 'P1003') throw error;
    await createDatabase(databaseUrl);
  }
};
