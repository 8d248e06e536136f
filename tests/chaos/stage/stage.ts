import { randomBytes } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { SCOPES } from '@flotilla/core';
import { createDatabase, type Database } from '@flotilla/db';
import { createSecretBox } from '@flotilla/platform';
import { createRandom, type Random, seedOf } from '../random.ts';
import { startWitness, type Witness } from '../witness/handle.ts';
import type { Backend, LinkName } from './backend.ts';
import { type Client, createClient } from './client.ts';
import { createFleet, type Fleet } from './fleet.ts';
import { type Link, openLink } from './link.ts';
import { type ChaosPostgres, openPostgres } from './postgres.ts';
import type { ChaosRedis } from './redis.ts';
import type { Servers } from './servers.ts';
import { openVolume, type Volume } from './volume.ts';

/** Everything a scenario plays with. */
export type Stage = AsyncDisposable & {
  postgres: ChaosPostgres;
  redis: ChaosRedis;
  backend: Backend;
  /** The short suite, for machines that do other things too. */
  isShort: boolean;
  random: Random;
  databaseUrl: string;
  queuePrefix: string;
  fleet: Fleet;
  client: Client;
  models: Witness;
  sink: Witness;
  receiver: Witness;
  /** Where missions have their webhooks sent. */
  receiverUrl: string;
  /** @throws for a link the scenario did not ask for */
  link(name: LinkName): Link;
  /** @throws in a scenario that did not ask for one */
  volume(): Volume;
  /** A fault took effect; how the victim showed it. */
  injected(what: string): void;
  /** What was broken works again. */
  mended(): void;
  faults: string[];
  /** When the last fault took effect or was mended: from here on, recovery is counted. */
  healedAt(): number;
  dir: string;
};

const SLOTS = 250;
const UNLIMITED = 100_000;

/** What a scenario asks of its stage. */
export type Setting = {
  /** Two, unless told otherwise. */
  workers?: number;
  workerEnv?: NodeJS.ProcessEnv;
  /** Of the one account; by default more than there are missions. */
  maxRunning?: number;
  links?: readonly LinkName[];
  /** A small volume of its own for the database, or for what workers write to their temporary folder. */
  volume?: { holds: 'postgres' | 'worker-tmp'; megabytes: number };
};

/** @throws {NotRunError} where this machine does not permit what the scenario needs */
export async function openStage(
  servers: Servers,
  options: { setting: Setting; name: string; backend: Backend; seed: number; dir: string; isShort: boolean },
): Promise<Stage> {
  const { setting, backend, seed, dir, isShort } = options;
  const { redis } = servers;
  await rm(dir, { recursive: true, force: true });
  await mkdir(dir, { recursive: true });
  const stack = new AsyncDisposableStack();
  try {
    const volume = setting.volume && stack.use(await openVolume({ name: setting.volume.holds, ...setting.volume }));
    const ownsPostgres = volume !== undefined && setting.volume?.holds === 'postgres';
    const postgres = ownsPostgres ? stack.use(await openPostgres(volume.path)) : servers.postgres;
    if (!postgres.isRunning()) await postgres.start();
    if (!redis.isRunning()) await redis.start();
    const database = `chaos_${randomBytes(4).toString('hex')}`;
    const databaseUrl = await postgres.createDatabase(database);
    stack.defer(async () => {
      if (postgres.isRunning()) await postgres.dropDatabase(database);
    });
    const webhookSecret = `whsec_${randomBytes(32).toString('base64')}`;
    const [models, sink, receiver] = await Promise.all([
      startWitness('model-server', { dir, env: { WITNESS_SEED: String(seed) } }),
      startWitness('tool-sink', { dir }),
      startWitness('receiver', { dir, env: { WEBHOOK_SECRET: webhookSecret } }),
    ]);
    for (const witness of [models, sink, receiver]) stack.use(witness);

    const encryptionKey = randomBytes(32).toString('base64');
    const maxRunning = setting.maxRunning ?? UNLIMITED;
    const apiKey = await createKey({ databaseUrl, encryptionKey, webhookSecret, maxRunning });
    const queueUrl = backend === 'redis' ? redis.url : databaseUrl;
    const direct: Record<LinkName, string> = {
      'api-queue': queueUrl,
      'worker-queue': queueUrl,
      database: databaseUrl,
      'model-server': models.url,
      receiver: receiver.url,
    };
    const links = new Map<LinkName, Link>();
    for (const name of setting.links ?? []) links.set(name, stack.use(await openLink(direct[name])));
    const wayTo = (name: LinkName) => links.get(name)?.url ?? direct[name];
    const queueEnv = (url: string) => (backend === 'redis' ? { REDIS_URL: url } : { DATABASE_DIRECT_URL: url });
    const random = createRandom(seedOf(seed, `${options.name} ${backend}`));
    const fleet = stack.use(
      createFleet({
        env: {
          DATABASE_URL: wayTo('database'),
          QUEUE_PREFIX: database,
          FLOTILLA_ENCRYPTION_KEYS: encryptionKey,
          WEBHOOK_LOOPBACK_PORTS: new URL(wayTo('receiver')).port,
          PARENT_PID: String(process.pid),
        },
        apiEnv: queueEnv(wayTo('api-queue')),
        workerEnv: {
          ...queueEnv(wayTo('worker-queue')),
          OPENAI_BASE_URL: new URL('/v1', wayTo('model-server')).href,
          // A worker has all its slots' calls under way at once: what keeps a scenario waiting is its faults.
          OPENAI_LIMITS: `concurrency=${SLOTS}`,
          TOOLS_DIR: join(import.meta.dirname, '../tools'),
          CHAOS_SINK_URL: sink.url,
          WORKER_SLOTS: String(SLOTS),
          ...(setting.volume?.holds === 'worker-tmp' && { TMPDIR: volume?.path }),
          ...setting.workerEnv,
        },
        dir,
        random,
      }),
    );
    await fleet.startApi();
    await Promise.all(Array.from({ length: setting.workers ?? 2 }, () => fleet.startWorker()));
    const faults: string[] = [];
    let healedAt = Date.now();
    const mended = () => {
      healedAt = Date.now();
    };
    return {
      postgres,
      redis,
      backend,
      isShort,
      random,
      databaseUrl,
      queuePrefix: database,
      fleet,
      client: createClient({ url: fleet.apiUrl, apiKey }),
      models,
      sink,
      receiver,
      receiverUrl: new URL('/hook', wayTo('receiver')).href,
      link(asked) {
        const link = links.get(asked);
        if (!link) throw new Error(`${options.name} does not ask for the link ${asked}`);
        return link;
      },
      volume() {
        if (!volume) throw new Error(`${options.name} does not ask for a volume`);
        return volume;
      },
      injected(what) {
        faults.push(what);
        mended();
      },
      mended,
      faults,
      healedAt: () => healedAt,
      dir,
      [Symbol.asyncDispose]: () => stack.disposeAsync(),
    };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

/** The suite's own view of the database: for the account before, and for the audit after. */
export function openDatabase(databaseUrl: string): Database {
  return createDatabase({
    url: databaseUrl,
    poolSize: 1,
    statementTimeoutMs: 20_000,
    connectTimeoutMs: 5_000,
    applicationName: 'flotilla-chaos',
  });
}

async function createKey(of: {
  databaseUrl: string;
  encryptionKey: string;
  webhookSecret: string;
  maxRunning: number;
}): Promise<string> {
  const db = openDatabase(of.databaseUrl);
  try {
    const webhookSecret = createSecretBox([of.encryptionKey]).seal(of.webhookSecret);
    const account = await db.accounts.create({ name: 'chaos', tier: 'paid', maxRunning: of.maxRunning, webhookSecret });
    return (await db.keys.create({ accountId: account.id, name: 'chaos', scopes: SCOPES })).key;
  } finally {
    await db.close();
  }
}
