import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { MissionSpec } from '@flotilla/core';
import { createDatabase } from '@flotilla/db';
import { createSecretBox } from '@flotilla/platform';
import { createQueue } from '@flotilla/queue';
import pg from 'pg';
import { type Child, startChild } from '../bench/child.ts';
import type { Servers } from '../bench/servers.ts';
import { storeMissions } from '../bench/store-missions.ts';
import { type Receiver, startReceiver } from './receiver.ts';
import { noteWaits } from './waits.ts';

const WORKER = join(import.meta.dirname, '../../apps/worker/src/main.ts');
const WORKERS = 2;
const READY_WITHIN_MS = 180_000;

/** An account with a receiver of its own. */
export type Subscriber = {
  accountId: string;
  receiver: Receiver;
  /** Has it told of the ends of its missions; the id of its endpoint. */
  subscribe(): Promise<string>;
};

/** A database, a queue, two real workers, and accounts whose missions end as soon as a worker has them. */
export type Stage = AsyncDisposable & {
  sql: pg.Pool;
  newSubscriber(name: string, refuses: () => boolean): Promise<Subscriber>;
  /** After the subscribers: workers may call no other ports of this machine. */
  startWorkers(): Promise<void>;
  post(accountId: string, count: number): Promise<void>;
  /** Sends a delivery that was taken once more, as the API does when it is asked to. @throws Error when it is in hand */
  redeliver(accountId: string, deliveryId: string): Promise<void>;
  /** What the workers, the servers and this process have used so far, in seconds of one core. */
  processorSeconds(): number;
};

export async function startStage(servers: Servers, { env }: { env: NodeJS.ProcessEnv }): Promise<Stage> {
  const resources = new AsyncDisposableStack();
  try {
    const database = resources.use(await servers.createDatabase({ migrated: true }));
    const encryptionKey = randomBytes(32).toString('base64');
    const box = createSecretBox([encryptionKey]);
    const prefix = `w${randomBytes(4).toString('hex')}`;
    const db = createDatabase({
      url: database.url,
      poolSize: 4,
      statementTimeoutMs: 30_000,
      connectTimeoutMs: 30_000,
      applicationName: 'flotilla-webhooks',
    });
    resources.defer(() => db.close());
    const sql = new pg.Pool({ connectionString: database.url, max: 2 });
    // Cut when the database is dropped; a query that fails says so itself.
    sql.on('error', () => undefined);
    resources.defer(() => sql.end());
    await noteWaits(sql);
    const backend = { kind: 'redis', url: servers.redisUrl } as const;
    const queue = createQueue({ backend, prefix, onError: () => undefined });
    resources.defer(() => queue.close());
    const ports: number[] = [];
    const workers: Child[] = [];

    return {
      sql,
      async newSubscriber(name, refuses) {
        const secret = `whsec_${randomBytes(32).toString('base64')}`;
        const receiver = resources.use(await startReceiver({ secret, refuses }));
        ports.push(receiver.port);
        const owner = { name, tier: 'paid', maxRunning: 1_000_000, webhookSecret: box.seal(secret) };
        const { id: accountId } = await db.accounts.create(owner);
        return {
          accountId,
          receiver,
          async subscribe() {
            const endpoint = await db.endpoints.create({
              accountId,
              url: `http://127.0.0.1:${receiver.port}/hook`,
              description: null,
              eventTypes: ['mission.completed'],
              isEnabled: true,
              secret: box.seal(secret),
            });
            if (!endpoint) throw new Error('there is no room for an endpoint');
            return endpoint.id;
          },
        };
      },
      async startWorkers() {
        const own: NodeJS.ProcessEnv = {
          DATABASE_URL: database.url,
          REDIS_URL: servers.redisUrl,
          QUEUE_PREFIX: prefix,
          FLOTILLA_ENCRYPTION_KEYS: encryptionKey,
          WEBHOOK_LOOPBACK_PORTS: ports.join(','),
          ...env,
        };
        const start = () =>
          startChild({ args: [WORKER], env: own, readyLine: /worker ready/, readyWithinMs: READY_WITHIN_MS });
        for (const worker of await Promise.all(Array.from({ length: WORKERS }, start))) {
          workers.push(resources.use(worker));
        }
      },
      async post(accountId, count) {
        await storeMissions({ db, queue }, { accountId, spec: SPEC, count });
      },
      async redeliver(accountId, deliveryId) {
        const outcome = await db.deliveries.redeliver(accountId, deliveryId);
        if (outcome.kind !== 'sent') throw new Error(`a delivery was not sent again: ${outcome.kind}`);
        await queue.ring({ job: 'delivery', deliveryId, ring: outcome.rings });
      },
      processorSeconds() {
        const { postgres, redis } = servers.processorSeconds();
        const { user, system } = process.cpuUsage();
        const ofWorkers = workers.reduce((sum, worker) => sum + worker.processorSeconds(), 0);
        return postgres + redis + ofWorkers + (user + system) / 1_000_000;
      },
      [Symbol.asyncDispose]: () => resources.disposeAsync(),
    };
  } catch (error) {
    await resources.disposeAsync();
    throw error;
  }
}

const SPEC: MissionSpec = {
  goal: 'be over',
  model: 'sim/load',
  instructions: null,
  tools: [],
  modelOptions: { steps: 0, latencyMs: 0 },
  limits: { maxSteps: 1, maxOutputTokens: 10 },
};
