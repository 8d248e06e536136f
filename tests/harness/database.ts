import { randomBytes } from 'node:crypto';

import pg from 'pg';
import { inject } from 'vitest';

import { onServer, withDatabaseName } from './database-server.ts';

export type TestDatabase = AsyncDisposable & { readonly url: string; readonly name: string };

/**
 * A database of its own, all migrations applied, dropped when it goes out of scope (`await using`).
 * @param options.isEmpty without the migrations
 */
export const createTestDatabase = async (options: { isEmpty?: boolean } = {}): Promise<TestDatabase> => {
  const serverUrl = inject('databaseServerUrl');
  const template = inject('templateDatabase');
  const name = `${template.replace(/_template$/, '')}_${randomBytes(6).toString('hex')}`;
  await onServer(serverUrl, (client) =>
    client.query(
      `CREATE DATABASE ${pg.escapeIdentifier(name)} TEMPLATE ${options.isEmpty === true ? 'template1' : pg.escapeIdentifier(template)}`,
    ),
  );
  return {
    url: withDatabaseName(serverUrl, name),
    name,
    [Symbol.asyncDispose]: async () => {
      await onServer(serverUrl, (client) =>
        client.query(`DROP DATABASE IF EXISTS ${pg.escapeIdentifier(name)} WITH (FORCE)`),
      );
    },
  };
};
