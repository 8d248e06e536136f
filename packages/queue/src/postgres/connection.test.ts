import { expect, it } from 'vitest';
import { poolConfig } from './connection.ts';

it('keeps session options of the URL without letting them replace the ones the queue needs', () => {
  const url = 'postgres://u:p%40ss@db:5432/app?sslmode=require&options=-c%20lock_timeout%3D1s';
  expect(poolConfig({ url, schema: 'q', max: 2, timeoutMs: 500 })).toMatchObject({
    connectionString: 'postgres://u:p%40ss@db:5432/app?sslmode=require',
    options: '-c lock_timeout=1s -c synchronous_commit=off',
  });
});

it('waits for no lock, connection or answer longer than it is told', () => {
  const config = poolConfig({ url: 'postgres://db/app', schema: 'q', max: 2, timeoutMs: 500 });
  expect(config).toMatchObject({ connectionTimeoutMillis: 500, query_timeout: 500, statement_timeout: 500 });
});
