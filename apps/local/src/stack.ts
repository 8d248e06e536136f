import { mkdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { deployMigrations } from '@flotilla/db/migrate';
import { startPostgres } from '@flotilla/embedded';
import { z } from 'zod';
import { type Child, startChild } from './child.ts';
import type { Config } from './config.ts';
import { ensureLocalKeys, type LocalKeys } from './local-keys.ts';
import { type Receiver, startReceiver } from './receiver.ts';

const READY_WITHIN_MS = 15_000;

const readinessSchema = z.object({ checks: z.record(z.string(), z.string()) });

export type Stack = {
  apiUrl: string;
  keys: LocalKeys;
  receiver: Receiver;
  /** Rejects when a part ends that nobody told to. */
  failed: Promise<never>;
};

export type StackOptions = {
  config: Config;
  dataDir: string;
  print(line: string): void;
  /** Told of each part as it stands, so that whatever stands is stopped, however far the start came. */
  started(part: { name: string; stop(): Promise<void> }): void;
};

/** Whoever sits in front of it would rather read that a base URL is wrong than wait for a provider to come back. */
const LOCAL_PATIENCE_MS = 10_000;

/** Postgres, migrations, receiver, API and one worker: the whole system as separate processes on this machine. */
export async function startStack({ config, dataDir, print, started }: StackOptions): Promise<Stack> {
  let databaseUrl = config.databaseUrl;
  const failures: Promise<never>[] = [];
  if (databaseUrl === undefined) {
    const postgres = await startPostgres({ dataDir: join(dataDir, 'postgres'), log: (line) => print(`  ${line}`) });
    started({ name: 'postgres', stop: () => postgres.stop() });
    databaseUrl = postgres.url;
  } else {
    print('  postgres: yours (DATABASE_URL)');
  }
  const migrations = await deployMigrations({ databaseUrl });
  if (migrations.length > 0) print(`  database: ${migrations.length} migration(s) applied`);
  const keys = await ensureLocalKeys({ dataDir, databaseUrl });

  const receiver = await startReceiver(keys.webhookSecret);
  started({ name: 'receiver', stop: () => receiver.stop() });

  const logs = join(dataDir, 'logs');
  await mkdir(logs, { recursive: true });
  const env: NodeJS.ProcessEnv = {
    // Compiled once, API and worker start in half the time from then on.
    NODE_COMPILE_CACHE: join(dataDir, 'compiled'),
    ...ownEnvironment(config),
    DATABASE_URL: databaseUrl,
    FLOTILLA_ENCRYPTION_KEYS: keys.encryptionKey,
    WEBHOOK_LOOPBACK_PORTS: [receiver.port, ...config.loopbackPorts].join(','),
    MODELS: config.models.join(','),
    DEFAULT_MODEL: config.defaultModel,
    WORKER_SLOTS: String(config.slots),
    PROVIDER_PATIENCE_MS: String(LOCAL_PATIENCE_MS),
    // The children say in their logs that they are ready; a higher level would hide it.
    LOG_LEVEL: process.env['LOG_LEVEL'] === 'debug' ? 'debug' : 'info',
    PORT: String(await firstFree(config.port)),
  };
  const launch = (name: string): Child => {
    const child = startChild({ name, env, logPath: join(logs, `${name}.log`) });
    started({ name, stop: () => child.stop() });
    failures.push(child.failed);
    return child;
  };
  const worker = launch('worker');
  const api = launch('api');
  const [ready] = await Promise.all([api.logged('api listening on '), worker.logged('worker ready')]);
  const apiUrl = ready.slice('api listening on '.length);
  await untilReady(apiUrl);
  const moved =
    config.port !== 0 && new URL(apiUrl).port !== String(config.port) ? `, port ${config.port} is taken` : '';
  print(`  api:      ${apiUrl} (pid ${api.pid}${moved})`);
  print(`  worker:   ${config.slots} slots, queue on ${config.redisUrl ? 'Redis' : 'Postgres'} (pid ${worker.pid})`);
  return { apiUrl, keys, receiver, failed: Promise.race(failures) };
}

/**
 * With a database of our own, what a shell has set for another must not lead the parts elsewhere; and two parts cannot
 * both have the one operators' port.
 */
function ownEnvironment(config: Config): NodeJS.ProcessEnv {
  const { OPS_PORT: _ops, ...given } = process.env;
  const env: NodeJS.ProcessEnv = { ...given, HOST: '127.0.0.1' };
  if (config.databaseUrl !== undefined) return env;
  const { DATABASE_DIRECT_URL: _direct, DATABASE_POOL_SIZE: _size, QUEUE_PREFIX: _prefix, ...own } = env;
  return own;
}

/** Asks as a load balancer does: listening is not yet being able to serve. */
async function untilReady(apiUrl: string): Promise<void> {
  const until = performance.now() + READY_WITHIN_MS;
  for (;;) {
    const response = await fetch(`${apiUrl}/readyz`);
    const { checks } = readinessSchema.parse(await response.json());
    const silent = Object.entries(checks).filter(([, status]) => status !== 'ok');
    if (silent.length === 0) return;
    if (performance.now() > until) {
      throw new Error(
        `${silent.map(([name]) => name).join(' and ')} did not answer within ${READY_WITHIN_MS / 1_000} s`,
      );
    }
    await sleep(100);
  }
}

/** The wished-for port, or 0 (any free one) when somebody has it. */
async function firstFree(port: number): Promise<number> {
  if (port === 0) return 0;
  const probe = createServer();
  const isFree = await new Promise<boolean>((resolve) => {
    probe.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true));
  });
  if (!isFree) return 0;
  await new Promise((resolve) => void probe.close(resolve));
  return port;
}
