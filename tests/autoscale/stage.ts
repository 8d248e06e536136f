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

/** `accountKey`: of the account that a client posts for. */
export type Post = { accountKey: string; count: number; modelOptions: { steps: number; latencyMs: number } };

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
  /** @throws Error when one is refused */
  post(post: Post): Promise<void>;
  query<Row extends pg.QueryResultRow>(text: string): Promise<Row[]>;
};

/** @param options.env more for all its processes */
export async function openStage(options: {
  slots: number;
  log(line: string): void;
  env?: NodeJS.ProcessEnv;
}): Promise<Stage> {
  const resources = new AsyncDisposableStack();
  try {
    const servers = resources.use(await startServers({ isProfiled: false, log: options.log }));
    const database = resources.use(await servers.createDatabase({ migrated: true }));
    const encryptionKey = randomBytes(32).toString('base64');
    const keys = await createKeys(database.url, encryptionKey);
    const shared = {
      DATABASE_URL: database.url,
      REDIS_URL: servers.redisUrl,
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
    const [, opsUrl = ''] = /ops listening on (http:\/\/[\d.:]+)/.exec(api.output()) ?? [];
    const sql = new pg.Pool({ connectionString: database.url, max: 1 });
    // Cut when the database is dropped; a query that fails says so itself.
    sql.on('error', () => undefined);
    resources.defer(() => sql.end());
    return {
      api,
      apiUrl,
      opsUrl,
      redisUrl: servers.redisUrl,
      adminKey,
      workerEnv: { ...shared, WORKER_SLOTS: String(options.slots), DATABASE_POOL_SIZE: '4' },
      keys,
      async post({ accountKey, count, modelOptions }) {
        const mission = { goal: 'autoscale', model: 'sim/load', tools: ['sim_work'], modelOptions };
        for (let left = count; left > 0; left -= BATCH) {
          const missions = Array.from({ length: Math.min(BATCH, left) }, () => mission);
          const response = await fetch(`${apiUrl}/v1/missions/batch`, {
            method: 'POST',
            headers: { authorization: `Bearer ${accountKey}`, 'content-type': 'application/json' },
            body: JSON.stringify({ missions }),
          });
          const { accepted } = JSON.parse(await response.text());
          const isAccepted = accepted === missions.length;
          if (!isAccepted) throw new Error(`a batch was answered ${response.status}: ${accepted} accepted`);
        }
      },
      query: async <Row extends pg.QueryResultRow>(text: string) => (await sql.query<Row>(text)).rows,
      [Symbol.asyncDispose]: () => resources.disposeAsync(),
    };
  } catch (error) {
    await resources.disposeAsync();
    throw error;
  }
}

async function createKeys(databaseUrl: string, encryptionKey: string): Promise<Stage['keys']> {
  const timeouts = { statementTimeoutMs: 30_000, connectTimeoutMs: 30_000 };
  const db = createDatabase({ url: databaseUrl, poolSize: 1, applicationName: 'flotilla-autoscale', ...timeouts });
  const secrets = createSecretBox([encryptionKey]);
  async function createKey(name: string, maxRunning: number): Promise<string> {
    const webhookSecret = secrets.seal(`whsec_${randomBytes(32).toString('base64')}`);
    const account = await db.accounts.create({ name, tier: 'paid', maxRunning, webhookSecret });
    return (await db.keys.create({ accountId: account.id, name, scopes: SCOPES })).key;
  }
  try {
    return { large: await createKey('large', 100_000), single: await createKey('single', 1) };
  } finally {
    await db.close();
  }
}
