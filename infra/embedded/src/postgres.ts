import { open, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { type Binaries, prepareBinaries } from './binaries.ts';
import { DATABASE, ensureCluster, SUPERUSER } from './cluster.ts';
import { type DataFolder, openDataFolder, openTemporaryFolder } from './data-folder.ts';
import { ServerStartError } from './errors.ts';
import { findFreePort } from './free-port.ts';
import { clearTheWay, OWNER_SETTING, readPidFile } from './running.ts';
import { type Exit, type ServerProcess, spawnServer } from './server-process.ts';
import { type Durability, SERVER_ENV, settingsFor } from './settings.ts';
import { waitUntil } from './wait-until.ts';

/** Long enough to replay a full gigabyte of log after a crash on a slow disk. */
const READY_WITHIN_MS = 120_000;
const START_TRIES = 10;
const LOG_KEPT_BYTES = 5_000_000;
const LOG_SHOWN_CHARACTERS = 2_000;

export type PostgresOptions = {
  /** Keeps its data here. Without it, the data lies in a temporary folder that is removed at the end. */
  dataDir?: string;
  /** By default any free one, which may be another at the next start. */
  port?: number;
  /** By default `full` with a `dataDir`, `none` without. */
  durability?: Durability;
  /** More `postgresql.conf`, over the defaults. */
  settings?: Record<string, string>;
  log: (line: string) => void;
};

export type PostgresServer = {
  /** Superuser and password included; names the database `flotilla`, which exists and is empty at first. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Where the data really is. */
  readonly dataDir: string;
  /** Settles when the server ends, whether it was stopped or died. */
  readonly exited: Promise<Exit>;
  /** Ends connections and server; may be called twice. */
  readonly stop: () => Promise<void>;
  readonly [Symbol.asyncDispose]: () => Promise<void>;
};

/**
 * A real Postgres 18 on 127.0.0.1, from npm's binaries, as root or as anybody. Recovers after a crash of the server, of
 * this process or of the machine; ends when this process ends.
 * @throws AlreadyRunningError when another process has it running on this folder
 * @throws ServerStartError with Postgres' own words
 */
export const startPostgres = async (options: PostgresOptions): Promise<PostgresServer> => {
  const { log } = options;
  const isTemporary = options.dataDir === undefined;
  const durability = options.durability ?? (isTemporary ? 'none' : 'full');
  const startedAt = performance.now();
  const folder =
    options.dataDir === undefined ? await openTemporaryFolder() : await openDataFolder(options.dataDir, log);
  const removed = isTemporary ? [folder.root] : [];
  try {
    await clearTheWay(folder.pgData, log);
    const binaries = await prepareBinaries({ user: folder.user, copyInto: folder.root, log });
    const password = await ensureCluster({ folder, binaries, durable: durability === 'full', log });
    const settings = { ...settingsFor(durability), ...options.settings };
    const { server, port } = await launch({ folder, binaries, settings, port: options.port, removed, log });
    log(
      `postgres: ready on 127.0.0.1:${port} (pid ${server.pid}, ${Math.round(performance.now() - startedAt)} ms), data in ${folder.root}`,
    );
    const stop = async (): Promise<void> => {
      await server.stop();
      await removeAll(removed);
    };
    return {
      url: `postgresql://${SUPERUSER}:${encodeURIComponent(password)}@127.0.0.1:${port}/${DATABASE}`,
      port,
      pid: server.pid,
      dataDir: folder.root,
      exited: server.exited,
      stop,
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await removeAll(removed);
    throw error;
  }
};

const removeAll = async (paths: string[]): Promise<void> => {
  for (const path of paths) await rm(path, { recursive: true, force: true });
};

type Launch = {
  folder: DataFolder;
  binaries: Binaries;
  settings: Record<string, string>;
  port: number | undefined;
  removed: string[];
  log: (line: string) => void;
};

/** Starts the server, again where the reason for its failure passes. */
const launch = async (options: Launch): Promise<{ server: ServerProcess; port: number }> => {
  const { folder, log } = options;
  let said = '';
  for (let tries = 0; tries < START_TRIES; tries += 1) {
    const port = options.port ?? (await findFreePort());
    const outcome = await tryLaunch(options, port);
    if (typeof outcome !== 'string') return { server: outcome, port };
    said = outcome;
    if (said.includes('Address already in use') && options.port === undefined) continue;
    if (said.includes('pre-existing shared memory block')) {
      // The last children of a killed server are still on their way out.
      await sleep(500);
    } else if (said.includes('lock file "postmaster.pid"')) {
      // Somebody was faster; throws if he is still there.
      await clearTheWay(folder.pgData, log);
    } else break;
  }
  throw new ServerStartError(`Postgres does not start on ${folder.root}. It says:\n${said}`);
};

/** @returns the ready server, or what it printed before it ended */
const tryLaunch = async (options: Launch, port: number): Promise<ServerProcess | string> => {
  const { folder, binaries, settings, removed } = options;
  const logPath = join(folder.root, 'postgres.log');
  const logged = (await stat(logPath).catch(() => undefined))?.size ?? 0;
  const logFrom = logged > LOG_KEPT_BYTES ? 0 : logged;
  await using logFile = await open(logPath, logFrom === 0 ? 'w' : 'a', 0o600);
  const server = await spawnServer({
    command: binaries.postgres,
    // The folder comes first, followed by something: see clearTheWay.
    args: ['-D', folder.pgData, '-p', String(port), '-c', `${OWNER_SETTING}=${process.pid}`].concat(
      Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ),
    env: SERVER_ENV,
    logFd: logFile.fd,
    user: folder.user,
    // Fast (ends connections, writes a checkpoint), immediate (as after a crash), none.
    stopSignals: ['SIGINT', 'SIGQUIT', 'SIGKILL'],
    removeIfOrphaned: removed,
  });

  const isReady = (): boolean => {
    const file = readPidFile(folder.pgData);
    return file?.pid === server.pid && file.isReady;
  };
  await waitUntil(() => server.hasExited() || isReady(), READY_WITHIN_MS);
  if (!server.hasExited() && isReady()) return server;
  await server.stop();
  const said = (await readFile(logPath, 'utf8')).slice(logFrom).trim();
  return said.slice(-LOG_SHOWN_CHARACTERS) || `nothing (it ended with ${JSON.stringify(await server.exited)})`;
};
