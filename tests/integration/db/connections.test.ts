import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
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

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return address.port;
}

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

/** A way to the server by which some logins are taken and nothing is said to them. `logins`: those that were taken, in order. */
async function startProxy(to: string, { isSilent }: { isSilent: (login: number) => boolean }) {
  const url = new URL(to);
  const { hostname, port } = url;
  const logins: Socket[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    if (isSilent(logins.push(socket))) return;
    const real = connect(Number(port), hostname).on('error', () => socket.destroy());
    socket.pipe(real).pipe(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url.port = String(portOf(server));
  return { url: url.href, logins, [Symbol.dispose]: () => void server.close() };
}

it('a login that came to nothing in its time is made again before the first request comes', async () => {
  await using database = await createTestDatabase();
  using proxy = await startProxy(database.url, { isSilent: (login) => login <= 2 });
  const db = createDatabase({ ...PATIENT, url: proxy.url, poolSize: 3, connectTimeoutMs: 5_000 });
  try {
    await db.warmUp();
    expect(db.poolUse()).toEqual({ max: 3, total: 3, idle: 3, waiting: 0 });
    expect(proxy.logins).toHaveLength(5);
  } finally {
    await db.close();
  }
});

it('outlives a connection that breaks while it is held and has no statement in hand', async () => {
  await using database = await createTestDatabase();
  // Until the second is given up, the first is held for nothing.
  using proxy = await startProxy(database.url, { isSilent: (login) => login === 2 });
  const db = createDatabase({ ...PATIENT, url: proxy.url, poolSize: 2, connectTimeoutMs: 1_000 });
  try {
    const warm = db.warmUp();
    await waitFor(() => proxy.logins.length === 2, { what: 'two logins' });
    await sleep(200);
    proxy.logins[0]?.resetAndDestroy();
    await warm;
    await expect(db.ping()).resolves.toBeUndefined();
    expect(proxy.logins.length).toBeGreaterThan(2);
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
  const url = `postgresql://flotilla@127.0.0.1:${portOf(server)}/flotilla`;
  const db = createDatabase({ ...PATIENT, url, poolSize: 1 });
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
