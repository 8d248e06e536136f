import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { findRedis, startWatchdog } from '@flotilla/embedded';
import { Redis } from 'ioredis';
import { findFreePort } from '../../harness/free-port.ts';
import { waitFor } from '../../harness/wait-for.ts';

/** A Redis of the suite's own that keeps its data over a restart. */
export type ChaosRedis = AsyncDisposable & {
  url: string;
  pid(): number;
  isRunning(): boolean;
  /** SIGTERM writes its data down; SIGKILL does not ask. */
  stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  start(): Promise<void>;
  /** @returns how many keys there were */
  flushAll(): Promise<number>;
};

/** @param dir a folder of the caller's, who removes it */
export async function openRedis(dir: string): Promise<ChaosRedis> {
  // Never somebody's own: this one is going to be killed.
  const { REDIS_URL: _, ...env } = process.env;
  const found = await findRedis({ env, log: () => undefined });
  if (found.kind !== 'program') throw new Error('there is no redis-server to run');
  const program = found.path;
  const port = await findFreePort();
  const url = `redis://127.0.0.1:${port}`;
  let server = await launch();

  async function launch(): Promise<ChildProcess> {
    const settings = {
      bind: '127.0.0.1',
      port: String(port),
      dir,
      appendonly: 'yes',
      'maxmemory-policy': 'noeviction',
    };
    const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
    const child = spawn(program, args, { stdio: 'ignore', cwd: '/' });
    const watchdog = startWatchdog({ pid: child.pid ?? 0, signal: 'SIGKILL', remove: [] });
    child.once('exit', () => watchdog.dismiss());
    // Another server's answer on this port would not do.
    await waitFor(() => ask(async (client) => (await client.info('server')).includes(`process_id:${child.pid}`)), {
      what: 'Redis to start',
    });
    return child;
  }

  async function ask<T>(question: (client: Redis) => Promise<T>): Promise<T> {
    const client = new Redis(url, { retryStrategy: () => null, maxRetriesPerRequest: 0, lazyConnect: true });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return await question(client);
    } finally {
      client.disconnect();
    }
  }

  async function stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const exited = once(server, 'exit');
    server.kill(signal);
    await exited;
  }

  return {
    url,
    pid: () => server.pid ?? 0,
    isRunning: () => server.exitCode === null && server.signalCode === null,
    stop,
    async start() {
      server = await launch();
    },
    flushAll: () =>
      ask(async (client) => {
        const keys = await client.dbsize();
        await client.flushall();
        return keys;
      }),
    [Symbol.asyncDispose]: () => stop('SIGKILL'),
  };
}
