import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { MissionSpec, Step } from '@flotilla/core';
import { createDatabase } from '@flotilla/db';
import { createSecretBox } from '@flotilla/platform';
import { createQueue } from '@flotilla/queue';
import pg from 'pg';
import { type Child, startChild } from '../bench/child.ts';
import type { Servers } from '../bench/servers.ts';
import { storeMissions } from '../bench/store-missions.ts';

const WORKER = join(import.meta.dirname, '../../apps/worker/src/main.ts');
const PRINTED = 4_000;
/** Ten processes that start at once on two cores. */
const READY_WITHIN_MS = 180_000;

/** A database, a queue on Redis, and as many real workers as a scene starts on them. */
export type Stage = AsyncDisposable & {
  startWorkers(count: number, env: NodeJS.ProcessEnv): Promise<Child[]>;
  post(spec: Partial<MissionSpec>, count?: number): Promise<string[]>;
  /** How many missions have ended, by status. */
  countEnded(): Promise<Map<string, number>>;
  stepsOf(missionId: string): Promise<Step[]>;
};

export async function startStage(servers: Servers): Promise<Stage> {
  const resources = new AsyncDisposableStack();
  try {
    const database = resources.use(await servers.createDatabase({ migrated: true }));
    const encryptionKey = randomBytes(32).toString('base64');
    const prefix = `l${randomBytes(4).toString('hex')}`;
    const db = createDatabase({
      url: database.url,
      poolSize: 4,
      statementTimeoutMs: 30_000,
      connectTimeoutMs: 30_000,
      applicationName: 'flotilla-limits',
    });
    resources.defer(() => db.close());
    const sql = new pg.Pool({ connectionString: database.url, max: 1 });
    resources.defer(() => sql.end());
    const queue = createQueue({
      backend: { kind: 'redis', url: servers.redisUrl },
      prefix,
      onError: () => undefined,
    });
    resources.defer(() => queue.close());
    const webhookSecret = createSecretBox([encryptionKey]).seal(`whsec_${randomBytes(32).toString('base64')}`);
    const account = await db.accounts.create({ name: 'limits', tier: 'paid', maxRunning: 1_000_000, webhookSecret });
    const env = {
      DATABASE_URL: database.url,
      DATABASE_POOL_SIZE: '3',
      REDIS_URL: servers.redisUrl,
      QUEUE_PREFIX: prefix,
      FLOTILLA_ENCRYPTION_KEYS: encryptionKey,
    };

    return {
      startWorkers: (count, own) =>
        Promise.all(
          Array.from({ length: count }, async () =>
            resources.use(
              await startChild({
                args: [WORKER],
                env: { ...env, ...own },
                readyLine: /worker ready/,
                readyWithinMs: READY_WITHIN_MS,
              }),
            ),
          ),
        ),
      post: (spec, count = 1) =>
        storeMissions({ db, queue }, { accountId: account.id, spec: { ...SPEC, ...spec }, count }),
      async countEnded() {
        const { rows } = await sql.query<{ status: string; count: number }>(
          'SELECT status::text, count(*)::int AS count FROM missions WHERE finished_at IS NOT NULL GROUP BY status',
        );
        return new Map(rows.map(({ status, count }) => [status, count]));
      },
      stepsOf: (missionId) => db.steps.read({ missionId, after: 0, limit: 100 }),
      [Symbol.asyncDispose]: () => resources.disposeAsync(),
    };
  } catch (error) {
    await resources.disposeAsync();
    throw error;
  }
}

const SPEC: MissionSpec = {
  goal: 'say that it is done',
  model: 'openai/main',
  instructions: null,
  tools: [],
  modelOptions: {},
  limits: { maxSteps: 10, maxOutputTokens: 100 },
};

/** What a worker said last, for whoever wants to know why a scene failed. */
export function tailOf(worker: Child | undefined): string {
  return worker?.output().slice(-PRINTED) ?? '';
}
