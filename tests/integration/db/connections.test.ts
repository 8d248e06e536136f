import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createDatabase, DatabaseUnavailableError } from '@flotilla/db';
import pg from 'pg';
import { expect, it } from 'vitest';
import { createTestDatabase, waitFor } from '../../harness/index.ts';

const LOGIN_MS = 400;
const PATIENT = {
  statementTimeoutMs: 20_000,
  connectTimeoutMs: LOGIN_MS,
  waitTimeoutMs: 20_000,
  applicationName: 'test',
};

it('a process that is to take requests has all its connections before the first one comes', async () => {
  await using database = await createTestDatabase();
  const db = createDatabase({ ...PATIENT, url: database.url, poolSize: 12, connectTimeoutMs: 20_000 });
  try {
    expect(db.poolUse()).toMatchObject({ max: 12, total: 0 });
    await db.warmUp();
    expect(db.poolUse()).toEqual({ max: 12, total: 12, idle: 12, waiting: 0 });
  } finally {
    await db.close();
  }
});

it('a statement that waits while others have all connections is not given up after the time that a login has', async () => {
  await using database = await createTestDatabase();
  const db = createDatabase({ ...PATIENT, url: database.url, poolSize: 1 });
  const sql = new pg.Client({ connectionString: database.url });
  await sql.connect();
  try {
    await waitFor(
      () =>
        db.ping().then(
          () => true,
          () => undefined,
        ),
      { what: 'a login in time' },
    );
    await sql.query('BEGIN; LOCK TABLE accounts IN ACCESS EXCLUSIVE MODE');
    const held = db.accounts.find('acc_none');
    const waiting = db.ping();
    await waitFor(() => (db.poolUse().waiting > 0 ? true : undefined), { what: 'a statement to wait' });
    await sleep(3 * LOGIN_MS);
    await sql.query('ROLLBACK');
    expect(await held).toBeNull();
    await expect(waiting).resolves.toBeUndefined();
  } finally {
    await Promise.all([sql.end(), db.close()]);
  }
});

it('a server that takes connections and says nothing is told as unavailable when a login’s time is over', async () => {
  const server = createServer(() => undefined).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const db = createDatabase({ ...PATIENT, url: `postgresql://flotilla@127.0.0.1:${port}/flotilla`, poolSize: 1 });
  try {
    const outcome = db.ping().then(
      () => 'answered',
      (error: unknown) => (error instanceof DatabaseUnavailableError ? 'unavailable' : error),
    );
    expect(await Promise.race([outcome, sleep(10_000, 'still waiting')])).toBe('unavailable');
  } finally {
    server.close();
    await db.close();
  }
});
