import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { openFolder } from '../chaos/stage/folder.ts';
import { openPostgres } from '../chaos/stage/postgres.ts';
import { type ChaosProcess, startProcess } from '../chaos/stage/process.ts';
import { openRedis } from '../chaos/stage/redis.ts';
import { startWitness, type Witness } from '../chaos/witness/handle.ts';
import { type Nginx, startNginx } from './nginx.ts';
import { createOwner } from './owner.ts';
import { type Pgbouncer, startPgbouncer } from './pgbouncer.ts';

const ROOT = join(import.meta.dirname, '../..');
const DATABASE = 'fleet';
/** Of infra/docker-compose.yml: what a process has of PgBouncer's clients. */
export const API_POOL = 20;
export const WORKER_POOL = 10;

/** nginx → API instances → PgBouncer → Postgres, and workers: real processes, with the configurations of `infra/`. */
export type Stack = AsyncDisposable & {
  /** Those that nginx leads to from the start. */
  apis: readonly Instance[];
  nginx: Nginx;
  pgbouncer: Pgbouncer;
  apiKey: string;
  /** Past PgBouncer. */
  directUrl: string;
  query<Row extends object>(text: string): Promise<Row[]>;
  models: Witness;
  sink: Witness;
  receiver: Witness;
  receiverUrl: string;
  /** An instance that nginx is not told of yet. */
  startApi(env?: NodeJS.ProcessEnv): Promise<Instance>;
  startWorker(options: { slots: number; env?: NodeJS.ProcessEnv }): Promise<ChaosProcess>;
};
export type Instance = { process: ChaosProcess; port: number };

export async function openStack({ instances }: { instances: number }): Promise<Stack> {
  const stack = new AsyncDisposableStack();
  try {
    const folder = stack.use(await openFolder({ name: 'fleet' }));
    const dir = join(ROOT, '.results/fleet');
    await mkdir(dir, { recursive: true });
    const postgres = stack.use(await openPostgres(join(folder.path, 'postgres')));
    const redis = stack.use(await openRedis(folder.path));
    const directUrl = await postgres.createDatabase(DATABASE);
    const pgbouncer = stack.use(await startPgbouncer({ dir: folder.path, serverUrl: directUrl }));
    const webhookSecret = `whsec_${randomBytes(32).toString('base64')}`;
    const [models, sink, receiver] = await Promise.all([
      startWitness('model-server', { dir: folder.path, env: { WITNESS_SEED: '1' } }),
      startWitness('tool-sink', { dir: folder.path }),
      startWitness('receiver', { dir: folder.path, env: { WEBHOOK_SECRET: webhookSecret } }),
    ]);
    for (const witness of [models, sink, receiver]) stack.use(witness);
    const encryptionKey = randomBytes(32).toString('base64');
    const apiKey = await createOwner({ directUrl, encryptionKey, webhookSecret });
    const shared: NodeJS.ProcessEnv = {
      DATABASE_URL: pgbouncer.url,
      DATABASE_DIRECT_URL: directUrl,
      REDIS_URL: redis.url,
      QUEUE_PREFIX: DATABASE,
      FLOTILLA_ENCRYPTION_KEYS: encryptionKey,
      WEBHOOK_LOOPBACK_PORTS: String(receiver.port),
      PARENT_PID: String(process.pid),
    };
    let started = 0;

    async function start(app: 'api' | 'worker', env: NodeJS.ProcessEnv, readyLine: RegExp): Promise<ChaosProcess> {
      const name = `${app}-${(started += 1)}`;
      const child = await startProcess({
        name,
        args: [join(ROOT, `apps/${app}/src/main.ts`)],
        // The model server sees who calls by the key.
        env: { ...shared, ...env, ...(app === 'worker' && { OPENAI_API_KEY: name }) },
        readyLine,
        logPath: join(dir, `${name}.log`),
      });
      stack.use(child);
      return child;
    }
    async function startApi(env: NodeJS.ProcessEnv = {}): Promise<Instance> {
      const own = { PORT: '0', DATABASE_POOL_SIZE: String(API_POOL), ...env };
      const child = await start('api', own, /api listening on http:\/\/[\d.]+:(\d+)/);
      return { process: child, port: Number(child.ready[1]) };
    }
    const apis: Instance[] = [];
    while (apis.length < instances) apis.push(await startApi());
    const nginx = stack.use(await startNginx({ dir: folder.path, apiPorts: apis.map(({ port }) => port) }));

    return {
      nginx,
      pgbouncer,
      apiKey,
      directUrl,
      query: (text) => postgres.query(directUrl, text),
      models,
      sink,
      receiver,
      receiverUrl: `${receiver.url}/hook`,
      apis,
      startApi,
      startWorker: ({ slots, env = {} }) =>
        start(
          'worker',
          {
            OPENAI_BASE_URL: new URL('/v1', models.url).href,
            OPENAI_LIMITS: 'concurrency=1000',
            TOOLS_DIR: join(ROOT, 'tests/chaos/tools'),
            CHAOS_SINK_URL: sink.url,
            WORKER_SLOTS: String(slots),
            DATABASE_POOL_SIZE: String(WORKER_POOL),
            ...env,
          },
          /worker ready/,
        ),
      [Symbol.asyncDispose]: () => stack.disposeAsync(),
    };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}
