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
import type { ChaosPostgres } from './postgres.ts';
import type { ChaosRedis } from './redis.ts';

/** The servers of a whole run; every scenario has a database and a queue of its own on them. */
export type Servers = { postgres: ChaosPostgres; redis: ChaosRedis };

/** Everything a scenario plays with. */
export type Stage = AsyncDisposable &
  Servers & {
    backend: Backend;
    random: Random;
    databaseUrl: string;
    queuePrefix: string;
    fleet: Fleet;
    client: Client;
    models: Witness;
    sink: Witness;
    receiver: Witness;
    /** @throws for a link the scenario did not ask for */
    link(name: LinkName): Link;
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
};

export async function openStage(
  servers: Servers,
  options: { setting: Setting; name: string; backend: Backend; seed: number; dir: string },
): Promise<Stage> {
  const { setting, backend, seed, dir } = options;
  const { postgres, redis } = servers;
  await rm(dir, { recursive: true, force: true });
  await mkdir(dir, { recursive: true });
  const stack = new AsyncDisposableStack();
  try {
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
    const apiKey = await createKey({
      databaseUrl,
      encryptionKey,
      webhookSecret,
      maxRunning: setting.maxRunning ?? UNLIMITED,
    });
    const links = new Map<LinkName, Link>();
    const queueUrl = backend === 'redis' ? redis.url : databaseUrl;
    for (const link of setting.links ?? []) {
      links.set(link, stack.use(await openLink(link === 'database' ? databaseUrl : queueUrl)));
    }
    const queueEnv = (url: string) => (backend === 'redis' ? { REDIS_URL: url } : { DATABASE_DIRECT_URL: url });
    const env: NodeJS.ProcessEnv = {
      DATABASE_URL: links.get('database')?.url ?? databaseUrl,
      ...queueEnv(queueUrl),
      QUEUE_PREFIX: database,
      FLOTILLA_ENCRYPTION_KEYS: encryptionKey,
      WEBHOOK_LOOPBACK_PORTS: String(receiver.port),
      PARENT_PID: String(process.pid),
    };
    const random = createRandom(seedOf(seed, `${options.name} ${backend}`));
    const fleet = stack.use(createFleet({ env, dir, random }));
    const apiLink = links.get('api-queue');
    const workerLink = links.get('worker-queue');
    const workerEnv = {
      OPENAI_BASE_URL: `${models.url}/v1`,
      TOOLS_DIR: join(import.meta.dirname, '../tools'),
      CHAOS_SINK_URL: sink.url,
      WORKER_SLOTS: String(SLOTS),
      ...(workerLink && queueEnv(workerLink.url)),
      ...setting.workerEnv,
    };
    const apiEnv = apiLink ? queueEnv(apiLink.url) : {};
    const { startWorker, startApi } = fleet;
    fleet.startApi = (own = {}) => startApi({ ...apiEnv, ...own });
    fleet.startWorker = (own = {}) => startWorker({ ...workerEnv, ...own });
    await fleet.startApi();
    await Promise.all(Array.from({ length: setting.workers ?? 2 }, () => fleet.startWorker()));
    const faults: string[] = [];
    let healedAt = Date.now();
    const mended = () => {
      healedAt = Date.now();
    };
    return {
      ...servers,
      backend,
      random,
      databaseUrl,
      queuePrefix: database,
      fleet,
      client: createClient({ url: fleet.apiUrl, apiKey }),
      models,
      sink,
      receiver,
      link(asked) {
        const link = links.get(asked);
        if (!link) throw new Error(`${options.name} does not ask for the link ${asked}`);
        return link;
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
