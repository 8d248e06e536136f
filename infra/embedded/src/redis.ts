import { randomBytes } from 'node:crypto';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { ServerStartError } from './errors.ts';
import { findFreePort } from './free-port.ts';
import { askProcessId } from './redis-info.ts';
import { type Exit, spawnServer } from './server-process.ts';
import { waitUntil } from './wait-until.ts';

const READY_WITHIN_MS = 20_000;
const START_TRIES = 10;
const LOG_SHOWN_CHARACTERS = 2_000;

export type RedisServer = {
  /** Password included. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Settles when the server ends, whether it was stopped or died. */
  readonly exited: Promise<Exit>;
  /** May be called twice. */
  readonly stop: () => Promise<void>;
  readonly [Symbol.asyncDispose]: () => Promise<void>;
};

/** BullMQ needs `noeviction`: with any other policy a full memory silently loses jobs. */
const configuration = (options: { port: number; password: string; dir: string }): string => `
bind 127.0.0.1
port ${options.port}
requirepass ${options.password}
dir ${JSON.stringify(options.dir)}
save ""
appendonly no
maxmemory-policy noeviction
daemonize no
`;

/**
 * A real Redis on 127.0.0.1 that keeps nothing and ends when this process ends.
 * @throws ServerStartError with Redis' own words
 */
export const startRedis = async (options: {
  /** The path of redis-server or valkey-server; see `findRedis`. */
  program: string;
  /** By default any free one. A given one allows a restart under the same address. */
  port?: number;
  log: (line: string) => void;
}): Promise<RedisServer> => {
  const dir = await mkdtemp(join(tmpdir(), 'flotilla-redis-'));
  const logPath = join(dir, 'redis.log');
  const password = randomBytes(24).toString('base64url');
  let said = '';
  for (let tries = 0; tries < START_TRIES; tries += 1) {
    const port = options.port ?? (await findFreePort());
    await using logFile = await open(logPath, 'w', 0o600);
    const server = await spawnServer({
      command: options.program,
      // From stdin: on the command line everybody could read the password.
      args: ['-'],
      input: configuration({ port, password, dir }),
      env: { PATH: process.env['PATH'], LC_ALL: 'C' },
      logFd: logFile.fd,
      stopSignals: ['SIGTERM', 'SIGKILL'],
      removeIfOrphaned: [dir],
    });

    // Somebody else's server may answer on this port; only our own pid counts.
    const isReady = async (): Promise<boolean> => (await askProcessId(port, password)) === server.pid;
    const isSettled = async (): Promise<boolean> => server.hasExited() || (await isReady());
    if ((await waitUntil(isSettled, READY_WITHIN_MS)) && !server.hasExited()) {
      options.log(`redis: ready on 127.0.0.1:${port} (pid ${server.pid})`);
      const stop = async (): Promise<void> => {
        await server.stop();
        await rm(dir, { recursive: true, force: true });
      };
      const url = `redis://:${password}@127.0.0.1:${port}`;
      return { url, port, pid: server.pid, exited: server.exited, stop, [Symbol.asyncDispose]: stop };
    }
    await server.stop();
    said = (await readFile(logPath, 'utf8')).trim().slice(-LOG_SHOWN_CHARACTERS);
    if (!said.includes('Address already in use') || options.port !== undefined) break;
  }
  await rm(dir, { recursive: true, force: true });
  throw new ServerStartError(`${options.program} does not start. It says:\n${said}`);
};
