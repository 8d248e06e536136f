import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '@flotilla/embedded';
import type { PrivateServer } from './options.ts';

/** A Postgres that keeps its data over a kill. */
export async function openPrivatePostgres(): Promise<PrivateServer> {
  const dataDir = await mkdtemp(join(tmpdir(), 'flotilla-queue-'));
  const log = () => undefined;
  let server = await startPostgres({ dataDir, durability: 'none', log });
  const { url, port } = server;

  return {
    url,
    async kill() {
      process.kill(server.pid, 'SIGKILL');
      await server.exited;
    },
    async start() {
      server = await startPostgres({ dataDir, port, durability: 'none', log });
    },
    async [Symbol.asyncDispose]() {
      await server.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
