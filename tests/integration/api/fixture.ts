import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { join } from 'node:path';
import { createId, type ModelResponse, type PassedOver, SCOPES, type Scope } from '@flotilla/core';
import { createDatabase, type Database } from '@flotilla/db';
import { createSecretBox } from '@flotilla/platform';
import pg from 'pg';
import { createTestDatabase, startProcess, type TestProcess } from '../../harness/index.ts';
import { headersIn } from './headers-in.ts';

/** Where the local stack's receiver would be; nothing listens there. */
export const RECEIVER_URL = 'http://127.0.0.1:4199/hook';

const ROOT = join(import.meta.dirname, '../../..');

/** An answer's body, with the fields that tests take out of one; the others are compared whole. */
export type Body = {
  [field: string]: unknown;
  id: string;
  requestId: string;
  data: Body[];
  errors: { path: string; message: string }[];
  checks: Record<string, string>;
  nextCursor: string | null;
};

export type Answer = { status: number; headers: Headers; text: string; body: Body };

export type Api = AsyncDisposable & {
  url: string;
  port: number;
  process: TestProcess;
  db: Database;
  sql: pg.Pool;
  /** The account and its key that calls are made with unless told otherwise. */
  accountId: string;
  key: string;
  databaseUrl: string;
  encryptionKey: string;
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
  /** A mission accepted over HTTP. */
  post(body?: object): Promise<string>;
  newAccount(name: string): Promise<{ accountId: string; key: string }>;
  newKey(accountId: string, scopes?: readonly Scope[]): Promise<string>;
  /** How many rows there are of all that a request could have stored. */
  countRows(): Promise<number>;
  /** @throws when there are more or fewer rows than before, or the process is not well */
  checkUnharmed(rowsBefore: number): Promise<void>;
  /** Another process on the same database. */
  startProcess(env?: NodeJS.ProcessEnv): Promise<TestProcess>;
};

export type CallOptions = {
  key?: string | null;
  body?: unknown;
  /** Sent as it is, instead of `body`. */
  raw?: string | Uint8Array;
  headers?: Record<string, string>;
};

type Env = NodeJS.ProcessEnv & { DATABASE_URL: string };

/**
 * The real API process on a database of its own, and what a test needs to look behind it.
 * @param adapt what its environment is to be, from what it would be
 */
export async function startApi(adapt: (env: Env) => Promise<NodeJS.ProcessEnv> = async (env) => env): Promise<Api> {
  const resources = new AsyncDisposableStack();
  try {
    const database = resources.use(await createTestDatabase());
    const timeouts = { statementTimeoutMs: 5_000, connectTimeoutMs: 5_000 };
    const db = createDatabase({ url: database.url, poolSize: 2, applicationName: 'flotilla-test', ...timeouts });
    resources.defer(() => db.close());
    const sql = new pg.Pool({ connectionString: database.url, max: 2 });
    resources.defer(() => sql.end());
    const encryptionKey = randomBytes(32).toString('base64');
    const secrets = createSecretBox([encryptionKey]);

    async function newAccount(name: string) {
      const webhookSecret = secrets.seal(`whsec_${randomBytes(32).toString('base64')}`);
      const { id } = await db.accounts.create({ name, tier: 'paid', maxRunning: 1_000, webhookSecret });
      return { accountId: id, key: await newKey(id) };
    }
    async function newKey(ofAccount: string, scopes: readonly Scope[] = SCOPES) {
      return (await db.keys.create({ accountId: ofAccount, name: 'test', scopes })).key;
    }
    async function countRows() {
      const tables = [
        'missions',
        'mission_events',
        'sessions',
        'agents',
        'answers',
        'webhook_endpoints',
        'deliveries',
        'steps',
        'accounts',
        'api_keys',
      ];
      const counts = tables.map((table) => `(SELECT count(*) FROM ${table})`).join(' + ');
      const { rows } = await sql.query<{ count: string }>(`SELECT ${counts} AS count`);
      return Number(rows[0]?.count);
    }
    const { accountId, key } = await newAccount('test');

    const env = await adapt({
      DATABASE_URL: database.url,
      FLOTILLA_ENCRYPTION_KEYS: encryptionKey,
      WEBHOOK_LOOPBACK_PORTS: '4199',
      PORT: '0',
    });
    const start = async (own: NodeJS.ProcessEnv = {}) =>
      resources.use(
        await startProcess({
          args: [join(ROOT, 'apps/api/src/main.ts')],
          env: { ...env, ...own },
          readyLine: /api listening on (http:\/\/127\.0\.0\.1:(\d+))/,
        }),
      );
    const api = await start();
    const url = api.ready[1] ?? '';

    const call: Api['call'] = (method, path, options = {}) => callApi(url, { method, path, key, ...options });
    return {
      url,
      port: Number(api.ready[2]),
      process: api,
      db,
      sql,
      accountId,
      key,
      databaseUrl: database.url,
      encryptionKey,
      call,
      async post(body = { goal: 'What is 2 + 2?' }) {
        const answer = await call('POST', '/v1/missions', { body });
        if (answer.status !== 202) throw new Error(`${answer.status} ${answer.text}`);
        return answer.body.id;
      },
      newAccount,
      newKey,
      countRows,
      async checkUnharmed(rowsBefore) {
        const rows = await countRows();
        if (rows !== rowsBefore) throw new Error(`there were ${rowsBefore} rows, and now there are ${rows}`);
        const { status, text } = await call('GET', '/readyz', { key: null });
        if (status !== 200) throw new Error(`the API is not ready any more: ${text}`);
      },
      startProcess: start,
      [Symbol.asyncDispose]: () => resources.disposeAsync(),
    };
  } catch (error) {
    await resources.disposeAsync();
    throw error;
  }
}

/**
 * One request, the path sent exactly as given: `fetch` would tidy it up, and some of what is sent here is untidy on
 * purpose. Each on a connection of its own.
 */
export function callApi(url: string, options: CallOptions & { method: string; path: string }): Promise<Answer> {
  const { key = null, body, raw, headers = {} } = options;
  const payload = raw ?? (body === undefined ? undefined : JSON.stringify(body));
  return new Promise((resolve, reject) => {
    const sent = request(url, {
      method: options.method,
      path: options.path,
      agent: false,
      headers: {
        ...(key !== null && { authorization: `Bearer ${key}` }),
        ...(payload !== undefined && {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(payload),
        }),
        ...headers,
      },
    });
    sent.once('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.once('error', reject).once('end', () => {
        const received = headersIn(response);
        const isJson = received.get('content-type')?.includes('json') && text !== '';
        resolve({ status: response.statusCode ?? 0, headers: received, text, body: isJson ? JSON.parse(text) : null });
      });
    });
    sent.once('error', reject);
    sent.end(payload);
  });
}

/** A mission that came another way: the API process has not counted it, nor anything of its account. */
export async function storeMission({ db }: Api, accountId: string): Promise<string> {
  const id = createId('mission');
  const limits = { maxSteps: 1, maxOutputTokens: 1 };
  const spec = { goal: 'x', model: 'sim/demo', instructions: null, tools: [], modelOptions: {}, limits };
  const [pool, metadata] = ['default', {}];
  await db.missions.create({ id, accountId, spec, pool, priority: 5, tags: [], metadata, endpointId: null });
  return id;
}

/**
 * Gives an account so many API keys that nobody knows, older than those it has: revoked, usable, and usable beside those in
 * their place.
 */
export async function fillKeys(
  { sql }: Pick<Api, 'sql'>,
  accountId: string,
  { revoked = 0, live = 0, replaced = 0 }: { revoked?: number; live?: number; replaced?: number },
): Promise<void> {
  await sql.query(
    `INSERT INTO api_keys (id, account_id, name, prefix, hash, scopes, revoked_at, replaced_by)
     SELECT 'key_00' || substr(md5($1::text || n), 3), $1, 'filled', md5($1::text || n), '', '{}',
            CASE WHEN n <= $2::int THEN now() END, CASE WHEN n > $2::int + $3::int THEN 'key_other' END
     FROM generate_series(1, $2::int + $3::int + $4::int) n`,
    [accountId, revoked, live, replaced],
  );
}

export type RunningMission = { missionId: string; attempt: number; workerId: string };

/** Claims a mission as a worker would. */
export async function claim(api: Api, missionId: string): Promise<RunningMission> {
  const workerId = createId('worker');
  await api.db.lease.register({
    id: workerId,
    hostname: 'test',
    version: '1',
    pools: ['default'],
    slots: 1,
    tools: [],
  });
  const claimed = await api.db.lease.claim({ missionId, workerId });
  if (claimed === 'not_ours') throw new Error('the mission could not be claimed');
  return { missionId, attempt: claimed.attempt, workerId };
}

/** Commits a step without tool calls. */
export async function commitStep(
  api: Api,
  running: RunningMission,
  step: { number: number; text: string; passedOver?: PassedOver[] },
): Promise<void> {
  const response: ModelResponse = {
    provider: 'sim',
    model: 'sim/demo',
    message: { role: 'assistant', content: [{ type: 'text', text: step.text }] },
    stopReason: 'end',
    usage: { inputTokens: 100, outputTokens: 20, cachedInputTokens: 0, costMicroUsd: 1_234 },
  };
  const { missionId, attempt } = running;
  const { number, passedOver = [] } = step;
  const startedAt = new Date();
  const commit = {
    missionId,
    attempt,
    number,
    chainStage: 0,
    tries: 1,
    startedAt,
    response,
    passedOver,
    cached: false,
    toolCalls: [],
  };
  if ((await api.db.steps.commitResponse(commit)) !== 'committed') throw new Error('the step was not committed');
}

/** What makes an answer a problem document, for comparison with `problem(…)`. */
export function problemIn({ status, headers, body }: Answer) {
  return {
    answered: status,
    contentType: headers.get('content-type'),
    type: body['type'],
    title: typeof body['title'],
    detail: typeof body['detail'],
    status: body['status'],
    code: body['code'],
    isLogged: body.requestId === headers.get('x-request-id'),
  };
}

/** The problem document that an answer is to be. */
export function problem(status: number, code: string): ReturnType<typeof problemIn> {
  return {
    answered: status,
    contentType: 'application/problem+json',
    type: `urn:flotilla:problem:${code}`,
    title: 'string',
    detail: 'string',
    status,
    code,
    isLogged: true,
  };
}
