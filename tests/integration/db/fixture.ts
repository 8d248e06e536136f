import { createId, type ModelResponse } from '@flotilla/core';
import {
  createDatabase,
  type Database,
  type DatabaseOptions,
  type EndedMission,
  type NewMission,
  type Park,
} from '@flotilla/db';
import pg from 'pg';
import { createTestDatabase } from '../../harness/index.ts';

type Connecting = Partial<
  Pick<DatabaseOptions, 'url' | 'poolSize' | 'applicationName' | 'isPrepared' | 'statementTimeoutMs'>
>;

export type Fixture = AsyncDisposable & {
  db: Database;
  url: string;
  /** For what a test asserts about rows, and for what it breaks on purpose. */
  sql: pg.Client;
  accountId: string;
  endpointId: string;
  /** A second process' view of the same database. */
  openAnother(options?: Connecting): Promise<AsyncDisposable & { db: Database }>;
  newMission(more?: Partial<NewMission>): Promise<string>;
  newSession(): Promise<string>;
  newWorker(): Promise<string>;
  /** A mission, claimed by a worker of its own. */
  newRunning(more?: Partial<NewMission>): Promise<{ missionId: string; attempt: number; workerId: string }>;
  /** Claims a queued mission for this worker, and completes it. */
  complete(missionId: string, workerId: string): Promise<EndedMission>;
  /** What retention deletes at once: how many missions. */
  purge(): Promise<number>;
  eventsOf(missionId: string): Promise<string[]>;
  statusOf(missionId: string): Promise<string>;
};

/** A database of its own with one account, and short ways to what nearly every test begins with. */
export async function createFixture(options: Pick<DatabaseOptions, 'deliveryLimits'> = {}): Promise<Fixture> {
  const database = await createTestDatabase();
  const db = openDatabase(database.url, options);
  const sql = new pg.Client({ connectionString: database.url });
  await sql.connect();
  const { id: accountId } = await db.accounts.create({
    name: 'test',
    tier: 'paid',
    maxRunning: 1_000,
    webhookSecret: 'sealed',
  });
  const endpointId = await db.endpoints.ensureForMission({
    accountId,
    url: 'https://receiver.example/hook',
    secret: null,
    secretHash: '',
  });

  async function newMission(more: Partial<NewMission> = {}): Promise<string> {
    const id = createId('mission');
    const limits = { maxSteps: 10, maxOutputTokens: 100 };
    const spec = { goal: 'test', model: 'sim/load', instructions: null, tools: [], modelOptions: {}, limits };
    await db.missions.create({
      id,
      accountId,
      spec,
      pool: 'default',
      priority: 5,
      tags: [],
      metadata: {},
      endpointId,
      ...more,
    });
    return id;
  }
  async function newWorker(): Promise<string> {
    const id = createId('worker');
    await db.lease.register({ id, hostname: 'test', version: '1', pools: ['default'], slots: 4, tools: [] });
    return id;
  }

  return {
    db,
    url: database.url,
    sql,
    accountId,
    endpointId,
    async openAnother(connecting = {}) {
      const another = openDatabase(database.url, { ...options, ...connecting });
      return { db: another, [Symbol.asyncDispose]: () => another.close() };
    },
    newMission,
    async newSession() {
      const id = createId('session');
      await sql.query('INSERT INTO sessions (id, account_id) VALUES ($1, $2)', [id, accountId]);
      return id;
    },
    newWorker,
    async newRunning(more) {
      const [missionId, workerId] = await Promise.all([newMission(more), newWorker()]);
      const claimed = await db.lease.claim({ missionId, workerId });
      if (claimed === 'not_ours') throw new Error('the claim failed');
      return { missionId, attempt: claimed.attempt, workerId };
    },
    async complete(missionId, workerId) {
      const claimed = await db.lease.claim({ missionId, workerId });
      if (claimed === 'not_ours') throw new Error('the claim failed');
      const left = await db.lease.leave({ missionId, attempt: claimed.attempt, status: 'completed', output: 'done' });
      if (left === 'fenced') throw new Error('the leave was fenced');
      return left;
    },
    purge: async () => db.sweep.purge((await db.sweep.findPurgeable([])).missionIds),
    async eventsOf(missionId) {
      const events = await db.events.read({ missionId, after: 0, limit: 100 });
      return events.map(({ sequence, type }) => `${sequence} ${type}`);
    },
    async statusOf(missionId) {
      const { rows } = await sql.query<{ status: string }>('SELECT status FROM missions WHERE id = $1', [missionId]);
      return rows[0]?.status ?? 'missing';
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([db.close(), sql.end()]);
      await database[Symbol.asyncDispose]();
    },
  };
}

function openDatabase(url: string, options: Pick<DatabaseOptions, 'deliveryLimits'> & Connecting): Database {
  return createDatabase({
    url,
    poolSize: 5,
    // No test is about these two, and a busy machine is no fault of the database.
    statementTimeoutMs: 60_000,
    connectTimeoutMs: 60_000,
    applicationName: 'flotilla-test',
    ...options,
  });
}

/** A response that asks for `calls` tool calls. */
export function respond(number: number, calls: number) {
  const response: ModelResponse = {
    provider: 'sim',
    model: 'load',
    message: { role: 'assistant', content: [{ type: 'text', text: `step ${number}` }] },
    stopReason: calls === 0 ? 'end' : 'tool_calls',
    usage: { inputTokens: 10, outputTokens: 5, cachedInputTokens: 2, costMicroUsd: 7 },
  };
  const toolCalls = Array.from({ length: calls }, (_, index) => ({
    index,
    id: `call_${index}`,
    name: 'tool',
    input: { index },
  }));
  return { number, chainStage: 0, tries: 1, startedAt: new Date(), response, passedOver: [], cached: false, toolCalls };
}

export function resultOf(step: number, index: number, content = `result ${index}`) {
  const result = {
    toolCallId: `call_${index}`,
    name: 'tool',
    content,
    isError: false,
    truncated: false,
    untrusted: false,
  };
  return { step, index, result, fullOutput: null };
}

/** A park for an approval, and for so many children, all of the same step. */
export function parkFor({ step, asks = 1, children = 1 }: { step: number; asks?: number; children?: number }): Park {
  const limits = { maxSteps: 10, maxOutputTokens: 100 };
  const spec = { goal: 'child', model: 'sim/load', instructions: null, tools: [], modelOptions: {}, limits };
  return {
    status: 'waiting',
    code: 'approval',
    message: 'test',
    waitingFor: { kind: 'approval', detail: {} },
    asks: Array.from({ length: asks }, (_, index) => ({
      kind: 'approval' as const,
      step,
      index,
      request: {},
      argumentsHash: null,
      expiresInMs: null,
    })),
    children: Array.from({ length: children }, (_, index) => ({
      id: createId('mission'),
      step,
      index: asks + index,
      spec,
    })),
    tries: 0,
  };
}

/** What the audit has found. */
export const violations = async ({ db }: Pick<Fixture, 'db'>) => (await db.audit()).filter(({ count }) => count > 0);
