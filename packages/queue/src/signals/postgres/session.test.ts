import { expect, it } from 'vitest';
import { sessionConfig } from './session.ts';

it('does not keep the lock of all notifications while the disk writes that one was sent', () => {
  const url = 'postgres://db/app?options=-c%20lock_timeout%3D1s';
  expect(sessionConfig({ url, timeoutMs: 500 })).toMatchObject({
    connectionString: 'postgres://db/app',
    options: '-c lock_timeout=1s -c synchronous_commit=off',
    query_timeout: 500,
  });
});
