import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { AlreadyRunningError, findRedis, type PostgresServer, startPostgres, startRedis } from '@flotilla/embedded';
import { Redis } from 'ioredis';
import pg from 'pg';
import { describe, expect, it } from 'vitest';

import { startProcess, waitFor } from '../harness/index.ts';

const log = (): void => {};

const createFolder = async (): Promise<AsyncDisposable & { path: string }> => {
  const path = await mkdtemp(join(tmpdir(), 'flotilla-embedded-test-'));
  // Root's Postgres runs as somebody else, who has to get through.
  await chmod(path, 0o711);
  // A server whose owner was just killed ends by itself, a moment later, and writes until then.
  return {
    path: join(path, 'postgres'),
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true, maxRetries: 20 }),
  };
};

const query = async (server: { url: string }, sql: string): Promise<unknown[]> => {
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
};

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

/** The pids of a server and of the processes it forked. */
const familyOf = async (server: PostgresServer): Promise<number[]> => {
  const rows = await query(server, 'SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()');
  return [server.pid, ...rows.map((row) => Number(Reflect.get(Object(row), 'pid')))];
};

/** Another process that starts a server on this folder and then does nothing. */
const startOwner = (dataDir: string) =>
  startProcess({
    args: [
      '--input-type=module',
      '--eval',
      `import { startPostgres } from '@flotilla/embedded';
       const server = await startPostgres({ dataDir: process.env.DATA_DIR, durability: 'none', log: () => {} });
       console.log('ready', server.pid, server.port);
       setInterval(() => {}, 60_000);`,
    ],
    cwd: import.meta.dirname,
    env: { DATA_DIR: dataDir },
    readyLine: /^ready (\d+) (\d+)$/,
  });

describe('startPostgres', () => {
  it('keeps its data over a restart', async () => {
    await using folder = await createFolder();
    {
      await using server = await startPostgres({ dataDir: folder.path, log });
      await query(server, 'CREATE TABLE kept AS SELECT 42 AS answer');
    }
    await using again = await startPostgres({ dataDir: folder.path, log });
    expect(await query(again, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
  });

  it('is Postgres 18 with UTF-8, byte order, scram passwords and durable commits', async () => {
    await using folder = await createFolder();
    await using server = await startPostgres({ dataDir: folder.path, log });
    const [settings] = await query(
      server,
      `SELECT current_setting('server_version_num')::int / 10000 AS version, current_setting('server_encoding') AS encoding,
              datcollate AS collation, current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS commits,
              current_setting('listen_addresses') AS addresses, current_setting('unix_socket_directories') AS sockets
         FROM pg_database WHERE datname = current_database()`,
    );
    expect(settings).toEqual({
      version: 18,
      encoding: 'UTF8',
      collation: 'C',
      fsync: 'on',
      commits: 'on',
      addresses: '127.0.0.1',
      sockets: '',
    });
    const rules = await query(server, 'SELECT DISTINCT auth_method FROM pg_hba_file_rules');
    expect(rules).toEqual([{ auth_method: 'scram-sha-256' }]);
  });

  it('keeps its password in a file that nobody else can read, and lets nobody in without it', async () => {
    await using folder = await createFolder();
    await using server = await startPostgres({ dataDir: folder.path, log });
    const file = join(server.dataDir, 'cluster/password');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const url = new URL(server.url);
    expect((await readFile(file, 'utf8')).trim()).toBe(decodeURIComponent(url.password));
    url.password = 'guessed';
    await expect(query({ url: url.href }, 'SELECT 1')).rejects.toThrow('password authentication failed');
  });

  it('recovers committed data after the server is killed', async () => {
    await using folder = await createFolder();
    const server = await startPostgres({ dataDir: folder.path, log });
    await query(server, 'CREATE TABLE kept AS SELECT 42 AS answer');
    process.kill(server.pid, 'SIGKILL');
    expect(await server.exited).toEqual({ code: null, signal: 'SIGKILL' });
    await using again = await startPostgres({ dataDir: folder.path, log });
    expect(await query(again, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
  });

  it('starts where a lock file names a pid that is another program by now', async () => {
    await using folder = await createFolder();
    const server = await startPostgres({ dataDir: folder.path, log });
    process.kill(server.pid, 'SIGKILL');
    await server.exited;
    const lockFile = join(server.dataDir, 'cluster/data/postmaster.pid');
    await using other = await startProcess({
      args: ['--eval', 'console.log("ready"); setInterval(() => {}, 60_000)'],
      readyLine: /^ready$/,
    });
    const text = await readFile(lockFile, 'utf8');
    await writeFile(lockFile, text.replace(String(server.pid), String(other.pid)));
    await using again = await startPostgres({ dataDir: folder.path, log });
    expect(await query(again, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(isAlive(other.pid)).toBe(true);
  });

  it('says who has it when another process runs it on the same folder', async () => {
    await using folder = await createFolder();
    await using owner = await startOwner(folder.path);
    const [, pid, port] = owner.ready;
    const error = await startPostgres({ dataDir: folder.path, log }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(AlreadyRunningError);
    expect(error).toMatchObject({ pid: Number(pid), port: Number(port), ownerPid: owner.pid });
    expect(isAlive(Number(pid))).toBe(true);
  });

  it('lets one of two that start at the same moment win, and tells the other', async () => {
    await using folder = await createFolder();
    const outcomes = await Promise.allSettled([0, 1].map(() => startPostgres({ dataDir: folder.path, log })));
    await using stack = new AsyncDisposableStack();
    const started = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
    for (const server of started) stack.use(server);
    expect(started).toHaveLength(1);
    const refused = outcomes.find((outcome) => outcome.status === 'rejected');
    expect(refused?.reason).toBeInstanceOf(AlreadyRunningError);
  });

  it('runs two servers on two folders', async () => {
    await using first = await startPostgres({ log });
    await using second = await startPostgres({ log });
    expect(first.port).not.toBe(second.port);
    expect(first.dataDir).not.toBe(second.dataDir);
    await query(first, 'CREATE TABLE only_here ()');
    await expect(query(second, 'SELECT FROM only_here')).rejects.toThrow('does not exist');
  });

  it('leaves no process and no temporary folder behind when stopped', async () => {
    const server = await startPostgres({ log });
    const family = await familyOf(server);
    expect(family.length).toBeGreaterThan(3);
    await server.stop();
    expect(family.filter(isAlive)).toEqual([]);
    expect(existsSync(server.dataDir)).toBe(false);
    await server.stop();
  });

  it('ends with the process that started it, also when that is killed', async () => {
    await using folder = await createFolder();
    const owner = await startOwner(folder.path);
    const pid = Number(owner.ready[1]);
    await owner.stop('SIGKILL');
    await waitFor(() => !isAlive(pid), { what: 'the server to end after its owner', timeoutMs: 20_000 });
    await owner[Symbol.asyncDispose]();
    await using again = await startPostgres({ dataDir: folder.path, log });
    expect(await query(again, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });
});

describe('startRedis', () => {
  it('runs a Redis that never evicts, keeps nothing and asks for its password', async () => {
    const found = await findRedis({ env: { PATH: process.env['PATH'] }, log });
    if (found.kind !== 'program') throw new Error('Without REDIS_URL a program is found.');
    const server = await startRedis({ program: found.path, log });
    const redis = new Redis(server.url);
    expect(await redis.config('GET', 'maxmemory-policy')).toEqual(['maxmemory-policy', 'noeviction']);
    expect(await redis.config('GET', 'save')).toEqual(['save', '']);
    expect(await redis.info('server')).toContain(`process_id:${server.pid}`);
    redis.disconnect();
    const stranger = new Redis(server.port, { lazyConnect: true, retryStrategy: () => null });
    stranger.on('error', () => {});
    await expect(stranger.get('anything')).rejects.toThrow('NOAUTH');
    stranger.disconnect();
    await server.stop();
    expect(isAlive(server.pid)).toBe(false);
  });

  it('takes a free port of its own beside another', async () => {
    const found = await findRedis({ env: { PATH: process.env['PATH'] }, log });
    if (found.kind !== 'program') throw new Error('Without REDIS_URL a program is found.');
    await using first = await startRedis({ program: found.path, log });
    await using second = await startRedis({ program: found.path, log });
    expect(first.port).not.toBe(second.port);
    await expect(startRedis({ program: found.path, port: first.port, log })).rejects.toThrow('Address already in use');
  });

  it('comes from REDIS_URL where that is given', async () => {
    const url = 'redis://redis.example:6379';
    expect(await findRedis({ env: { REDIS_URL: url }, log })).toEqual({ kind: 'server', url });
  });
});
