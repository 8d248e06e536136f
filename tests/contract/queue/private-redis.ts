import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { findRedis, startWatchdog } from '@flotilla/embedded';
import { Redis } from 'ioredis';
import { findFreePort } from '../../harness/free-port.ts';
import { until } from './bench.ts';
import type { PrivateServer } from './options.ts';

/** A Redis that keeps nothing: after a kill it is empty, which is the worst it can do. */
export async function openPrivateRedis(): Promise<PrivateServer & { pid(): number }> {
  const { REDIS_URL: _, ...env } = process.env;
  const found = await findRedis({ env, log: () => undefined });
  if (found.kind !== 'program') throw new Error('there is no redis-server to run');
  const { path } = found;
  const port = await findFreePort();
  const url = `redis://127.0.0.1:${port}`;
  let server = await launch();

  async function launch() {
    const args = ['--bind', '127.0.0.1', '--port', String(port), '--save', '', '--appendonly', 'no'];
    const child = spawn(path, args, { stdio: 'ignore', cwd: '/tmp' });
    const exited = once(child, 'exit');
    const watchdog = startWatchdog({ pid: child.pid ?? 0, signal: 'SIGKILL', remove: [] });
    void exited.then(() => watchdog.dismiss());
    const client = new Redis(url, { retryStrategy: () => 50, maxRetriesPerRequest: null });
    client.on('error', () => undefined);
    // Another server's answer on this port would not do.
    await until(async () => (await client.info('server')).includes(`process_id:${child.pid}`), 'a Redis of our own');
    client.disconnect();
    return { child, exited };
  }

  async function kill() {
    server.child.kill('SIGKILL');
    await server.exited;
  }

  return {
    url,
    pid: () => server.child.pid ?? 0,
    kill,
    async start() {
      server = await launch();
    },
    [Symbol.asyncDispose]: kill,
  };
}
