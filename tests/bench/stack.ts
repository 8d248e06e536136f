import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SCOPES } from '@flotilla/core';
import { createDatabase } from '@flotilla/db';
import { createSecretBox } from '@flotilla/platform';
import pg from 'pg';
import { SCHEMA } from './baseline/schema.ts';
import { type Child, startChild } from './child.ts';
import { createPoster, type Poster } from './poster.ts';
import type { Backend, Bench, Contender } from './row.ts';

const ROOT = join(import.meta.dirname, '../..');
const CLIENT_CONNECTIONS = 256;
const API_POOL = 20;
export const WORKER_POOL = 10;
/** Often enough: ends are read from the rows, and each look costs Postgres a pass over them. */
const LOOK_EVERY_MS = 250;

/** What a mission of `sim/load` is asked to do. */
export type Load = { steps: number; latencyMs?: number };

/** What else a mission may be asked with. */
export type More = { delay?: number; startAt?: string; priority?: number };

/** An API and a database of its own, and the workers that a row starts: the processes that production runs. */
export type Stack = AsyncDisposable & {
  databaseUrl: string;
  databaseName: string;
  accountId: string;
  api: Child;
  apiUrl: string;
  apiKey: string;
  /** A client of the API with its key, over connections that it keeps. */
  http: Poster;
  /** @throws Error when the answer is not 202 */
  post(load: Load, more?: More): Promise<string>;
  cancel(missionId: string): Promise<void>;
  startWorker(options: { slots: number; env?: NodeJS.ProcessEnv }): Promise<Child>;
  query<Row extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<Row[]>;
  /** Until `text` counts `count` rows. @throws Error after a minute without a change */
  until(count: number, text: string): Promise<void>;
};

export async function startStack(bench: Bench, contender: Contender, backend: Backend): Promise<Stack> {
  const resources = new AsyncDisposableStack();
  try {
    const isOurs = contender === 'flotilla';
    const database = resources.use(await bench.servers.createDatabase({ migrated: isOurs }));
    const sql = new pg.Pool({ connectionString: database.url, max: 2 });
    // Cut when the database is dropped; a query that fails says so itself.
    sql.on('error', () => undefined);
    resources.defer(() => sql.end());
    if (!isOurs) await sql.query(SCHEMA);
    const encryptionKey = randomBytes(32).toString('base64');
    const { apiKey, accountId } = isOurs
      ? await createAccount(database.url, encryptionKey)
      : { apiKey: 'baseline', accountId: '' };
    const shared: NodeJS.ProcessEnv = {
      DATABASE_URL: database.url,
      ...(backend === 'redis' && { REDIS_URL: bench.servers.redisUrl }),
      QUEUE_PREFIX: `b${randomBytes(4).toString('hex')}`,
      ...(isOurs ? { FLOTILLA_ENCRYPTION_KEYS: encryptionKey } : { API_KEY: apiKey }),
    };
    const mainOf = (app: 'api' | 'worker') =>
      join(ROOT, isOurs ? `apps/${app}/src/main.ts` : `tests/bench/baseline/${app}.ts`);
    const profile =
      bench.profileDir !== undefined && isOurs ? ['--cpu-prof', `--cpu-prof-dir=${bench.profileDir}`] : [];
    const start = async (app: 'api' | 'worker', { env, readyLine }: Start) => {
      const child = await startChild({
        // Where it listens once somebody wants to look into it.
        args: [...profile, '--inspect-port=127.0.0.1:0', mainOf(app)],
        env: { ...shared, ...env },
        readyLine,
      });
      // A profile is written at an orderly end.
      if (profile.length > 0) resources.defer(() => child.stop());
      else resources.use(child);
      return child;
    };
    const api = await start('api', {
      env: { PORT: '0', DATABASE_POOL_SIZE: String(API_POOL) },
      readyLine: /api listening on (http:\/\/[\d.:]+)/,
    });
    const apiUrl = api.ready[1] ?? '';
    const http = createPoster({ url: apiUrl, apiKey, connections: CLIENT_CONNECTIONS });
    resources.defer(() => http.close());
    const query = async <Row extends pg.QueryResultRow>(text: string, values: unknown[] = []) =>
      (await sql.query<Row>(text, values)).rows;

    return {
      databaseUrl: database.url,
      databaseName: database.name,
      accountId,
      api,
      apiUrl,
      apiKey,
      http,
      post: (load, more) => postMission(http, load, more),
      async cancel(missionId) {
        await http.post(`/v1/missions/${missionId}/cancel`, '');
      },
      startWorker: ({ slots, env = {} }) =>
        start('worker', {
          env: { WORKER_SLOTS: String(slots), DATABASE_POOL_SIZE: String(WORKER_POOL), ...env },
          readyLine: /worker ready/,
        }),
      query,
      until: (count, text) => untilCounted({ count, text, query }),
      [Symbol.asyncDispose]: () => resources.disposeAsync(),
    };
  } catch (error) {
    await resources.disposeAsync();
    throw error;
  }
}

type Start = { env: NodeJS.ProcessEnv; readyLine: RegExp };

/** An account without bounds that would be measured instead of the machine. */
async function createAccount(databaseUrl: string, encryptionKey: string) {
  const timeouts = { statementTimeoutMs: 5_000, connectTimeoutMs: 5_000 };
  const db = createDatabase({ url: databaseUrl, poolSize: 1, applicationName: 'flotilla-bench', ...timeouts });
  try {
    const webhookSecret = createSecretBox([encryptionKey]).seal(`whsec_${randomBytes(32).toString('base64')}`);
    const account = await db.accounts.create({ name: 'bench', tier: 'paid', maxRunning: 1_000_000, webhookSecret });
    const { key } = await db.keys.create({ accountId: account.id, name: 'bench', scopes: SCOPES });
    const client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    await client.query('UPDATE accounts SET max_queued = 100000000');
    await client.end();
    return { apiKey: key, accountId: account.id };
  } finally {
    await db.close();
  }
}

async function postMission(poster: Poster, load: Load, more: More = {}): Promise<string> {
  const mission = { goal: 'bench', model: 'sim/load', tools: ['sim_work'], modelOptions: load, ...more };
  const { status, body } = await poster.post('/v1/missions', JSON.stringify(mission));
  if (status !== 202) throw new Error(`POST /v1/missions answered ${status}: ${body}`);
  const created: unknown = JSON.parse(body);
  if (typeof created === 'object' && created && 'id' in created && typeof created.id === 'string') return created.id;
  throw new Error(`POST /v1/missions answered without an id: ${body}`);
}

/** BullMQ alone needs a minute and more to take a killed worker's jobs again: half a one for its lock, and as much to look. */
const STUCK_AFTER_MS = 150_000;

async function untilCounted(options: { count: number; text: string; query: Stack['query'] }): Promise<void> {
  let before = -1;
  let changedAt = performance.now();
  for (;;) {
    const [row] = await options.query<{ count: string }>(options.text);
    const counted = Number(row?.count ?? 0);
    if (counted === options.count) return;
    if (counted !== before) changedAt = performance.now();
    else if (performance.now() - changedAt > STUCK_AFTER_MS) {
      throw new Error(`stuck at ${counted} instead of ${options.count}: ${options.text}`);
    }
    before = counted;
    await sleep(LOOK_EVERY_MS);
  }
}
