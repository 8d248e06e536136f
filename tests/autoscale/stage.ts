import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { SCOPES } from '@flotilla/core';
import { createDatabase } from '@flotilla/db';
import { createSecretBox } from '@flotilla/platform';
import pg from 'pg';
import { type Child, startChild } from '../bench/child.ts';
import { startServers } from '../bench/servers.ts';

const API = join(import.meta.dirname, '../../apps/api/src/main.ts');
const BATCH = 500;
const READY_WITHIN_MS = 120_000;

/** More than any load stores: of what turns missions away, the cap of an account is not what is looked for. */
const QUEUED_MAX = 10_000_000;

/** `accountKey`: of the account that a client posts for. */
export type Post = { accountKey: string; count: number; modelOptions: { steps: number; latencyMs: number } };
/** What came of it. `refusals`: how often each answer that was not an acceptance was given to a mission. */
export type Posted = { accepted: number; refused: number; refusals: ReadonlyMap<string, number> };

/** The API and its stores, two accounts, and the environment that workers of theirs are started with. */
export type Stage = AsyncDisposable & {
  api: Child;
  apiUrl: string;
  /** Its operators' port. */
  opsUrl: string;
  workerEnv: NodeJS.ProcessEnv;
  redisUrl: string;
  adminKey: string;
  /** One account without a limit that matters, and one that may run one mission at a time. */
  keys: { large: string; single: string };
  /** In as many batches as it takes, each sent once and whatever came of the one before. */
  post(post: Post): Promise<Posted>;
  query<Row extends pg.QueryResultRow>(text: string): Promise<Row[]>;
};

/** A database with all migrations applied, and a Redis. */
export type Stores = { databaseUrl: string; redisUrl: string };

/**
 * @param options.stores by default servers of its own
 * @param options.env more for all its processes
 */
export async function openStage(options: {
  slots: number;
  log(line: string): void;
  stores?: Stores;
  env?: NodeJS.ProcessEnv;
}): Promise<Stage> {
  const resources = new AsyncDisposableStack();
  try {
    const { databaseUrl, redisUrl } = options.stores ?? (await openStores(resources, options.log));
    const encryptionKey = randomBytes(32).toString('base64');
    const keys = await createKeys(databaseUrl, encryptionKey);
    const shared = {
      DATABASE_URL: databaseUrl,
      REDIS_URL: redisUrl,
      QUEUE_PREFIX: `a${randomBytes(4).toString('hex')}`,
      FLOTILLA_ENCRYPTION_KEYS: encryptionKey,
      OPS_PORT: '0',
      ...options.env,
    };
    const adminKey = randomBytes(24).toString('base64url');
    const api = resources.use(
      await startChild({
        args: [API],
        env: { ...shared, PORT: '0', FLOTILLA_ADMIN_KEY: adminKey },
        readyLine: /api listening on (http:\/\/[\d.:]+)/,
        readyWithinMs: READY_WITHIN_MS,
      }),
    );
    const [, apiUrl = ''] = api.ready;
    const opsUrl = opsUrlOf(api);
    const sql = new pg.Pool({ connectionString: databaseUrl, max: 1 });
    // Cut when the database is dropped; a query that fails says so itself.
    sql.on('error', () => undefined);
    resources.defer(() => sql.end());
    return {
      api,
      apiUrl,
      opsUrl,
      redisUrl,
      adminKey,
      workerEnv: { ...shared, WORKER_SLOTS: String(options.slots), DATABASE_POOL_SIZE: '4' },
      keys,
      post: (post) => postBatches(apiUrl, post),
      query: async <Row extends pg.QueryResultRow>(text: string) => (await sql.query<Row>(text)).rows,
      [Symbol.asyncDispose]: () => resources.disposeAsync(),
    };
  } catch (error) {
    await resources.disposeAsync();
    throw error;
  }
}

async function openStores(resources: AsyncDisposableStack, log: (line: string) => void): Promise<Stores> {
  const servers = resources.use(await startServers({ isProfiled: false, log }));
  const database = resources.use(await servers.createDatabase({ migrated: true }));
  return { databaseUrl: database.url, redisUrl: servers.redisUrl };
}

/** @throws Error when a process that is ready has no operators' port */
export function opsUrlOf(child: Pick<Child, 'output'>): string {
  const [, url] = /ops listening on (http:\/\/[\d.:]+)/.exec(child.output()) ?? [];
  if (url === undefined) throw new Error(`a process says nothing of its operators' port:\n${child.output()}`);
  return url;
}

async function postBatches(apiUrl: string, { accountKey, count, modelOptions }: Post): Promise<Posted> {
  const mission = { goal: 'autoscale', model: 'sim/load', tools: ['sim_work'], modelOptions };
  const refusals = new Map<string, number>();
  let accepted = 0;
  for (let left = count; left > 0; left -= BATCH) {
    const size = Math.min(BATCH, left);
    const body = JSON.stringify({ missions: Array.from({ length: size }, () => mission) });
    const answer = await postBatch(apiUrl, { accountKey, body });
    accepted += answer.accepted;
    if (answer.accepted < size) {
      refusals.set(answer.words, (refusals.get(answer.words) ?? 0) + size - answer.accepted);
    }
  }
  return { accepted, refused: count - accepted, refusals };
}

/** `words`: how it was answered, where not all of it was accepted. */
async function postBatch(
  apiUrl: string,
  { accountKey, body }: { accountKey: string; body: string },
): Promise<{ accepted: number; words: string }> {
  try {
    const response = await fetch(`${apiUrl}/v1/missions/batch`, {
      method: 'POST',
      headers: { authorization: `Bearer ${accountKey}`, 'content-type': 'application/json' },
      body,
    });
    const text = await response.text();
    const accepted: number = response.status === 200 ? JSON.parse(text).accepted : 0;
    const codes = [...new Set([...text.matchAll(/"code":"(\w+)"/g)].map(([, code]) => code))];
    return { accepted, words: [response.status, ...codes].join(' ') };
  } catch (error) {
    return { accepted: 0, words: `no answer: ${String(error)}` };
  }
}

async function createKeys(databaseUrl: string, encryptionKey: string): Promise<Stage['keys']> {
  const timeouts = { statementTimeoutMs: 30_000, connectTimeoutMs: 30_000 };
  const db = createDatabase({ url: databaseUrl, poolSize: 1, applicationName: 'flotilla-autoscale', ...timeouts });
  const secrets = createSecretBox([encryptionKey]);
  async function createKey(name: string, maxRunning: number): Promise<string> {
    const webhookSecret = secrets.seal(`whsec_${randomBytes(32).toString('base64')}`);
    const account = await db.accounts.create({ name, tier: 'paid', maxRunning, maxQueued: QUEUED_MAX, webhookSecret });
    return (await db.keys.create({ accountId: account.id, name, scopes: SCOPES })).key;
  }
  try {
    return { large: await createKey('large', 100_000), single: await createKey('single', 1) };
  } finally {
    await db.close();
  }
}
