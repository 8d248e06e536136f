import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { SCOPES } from '@flotilla/core';
import { createDatabase } from '@flotilla/db';
import { createSecretBox } from '@flotilla/platform';
import { Webhook } from 'standardwebhooks';
import { inject } from 'vitest';
import { createTestDatabase, startProcess, type TestProcess, waitFor } from '../harness/index.ts';

export type Backend = 'redis' | 'postgres';
export type ReceivedWebhook = {
  id: string;
  traceparent?: string;
  type: string;
  data: { id: string; status: string; output: string | null };
};

/** An API, its database, a webhook receiver, and as many workers as a test starts: real processes, joined as in production. */
export type Fleet = AsyncDisposable & {
  apiUrl: string;
  api: TestProcess;
  databaseUrl: string;
  receiverUrl: string;
  /** The account's, in the clear. */
  webhookSecret: string;
  /** Webhooks that the published verifier accepted; how often each id came. */
  webhooks: ReceivedWebhook[];
  startWorker(env?: NodeJS.ProcessEnv): Promise<TestProcess>;
  post(
    body: object,
    headers?: Record<string, string>,
  ): Promise<{ status: number; body: { id: string; status: string } }>;
  get<T>(path: string): Promise<T>;
  put(path: string, body: object): Promise<{ status: number }>;
  answer(missionId: string, body: object): Promise<{ status: number }>;
  move(missionId: string, verb: 'cancel' | 'pause' | 'resume'): Promise<{ status: number }>;
  ended(missionId: string, timeoutMs?: number): Promise<MissionView>;
};

export type MissionView = {
  id: string;
  status: string;
  output: string | null;
  attempt: number;
  stepCount: number;
  startedAt: string;
  statusReason: { code: string } | null;
};

const ROOT = join(import.meta.dirname, '../..');
const ENDED = new Set(['completed', 'failed', 'cancelled']);

/** @param receiverOptions.beforeAnswer what the receiver waits for before it answers a webhook */
export async function startFleet(
  backend: Backend,
  env: NodeJS.ProcessEnv = {},
  receiverOptions: { beforeAnswer?: () => Promise<void> } = {},
): Promise<Fleet> {
  const resources = new AsyncDisposableStack();
  try {
    const database = resources.use(await createTestDatabase());
    const receiver = resources.use(await startReceiver(receiverOptions));
    const encryptionKey = randomBytes(32).toString('base64');
    const apiKey = await createLocalKey({ databaseUrl: database.url, encryptionKey, webhookSecret: receiver.secret });
    const shared: NodeJS.ProcessEnv = {
      DATABASE_URL: database.url,
      FLOTILLA_ENCRYPTION_KEYS: encryptionKey,
      WEBHOOK_LOOPBACK_PORTS: String(receiver.port),
      QUEUE_PREFIX: `t${randomBytes(4).toString('hex')}`,
      ...(backend === 'redis' && { REDIS_URL: inject('redisUrl') }),
      ...env,
    };
    const api = resources.use(
      await startProcess({
        args: [join(ROOT, 'apps/api/src/main.ts')],
        env: { ...shared, PORT: '0' },
        readyLine: /api listening on (http:\/\/[\d.:]+)/,
      }),
    );
    const apiUrl = api.ready[1] ?? '';

    async function call(method: string, path: string, options: { body?: object; headers?: object } = {}) {
      const { body, headers } = options;
      const response = await fetch(`${apiUrl}${path}`, {
        method,
        headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json', ...headers },
        ...(body && { body: JSON.stringify(body) }),
      });
      return { status: response.status, body: JSON.parse(await response.text()) };
    }

    return {
      apiUrl,
      api,
      databaseUrl: database.url,
      receiverUrl: receiver.url,
      webhookSecret: receiver.secret,
      webhooks: receiver.webhooks,
      async startWorker(own = {}) {
        return resources.use(
          await startProcess({
            args: [join(ROOT, 'apps/worker/src/main.ts')],
            env: { ...shared, WORKER_SLOTS: '20', ...own },
            readyLine: /worker ready/,
          }),
        );
      },
      post: (body, headers = {}) => call('POST', '/v1/missions', { body, headers }),
      get: async (path) => (await call('GET', path)).body,
      put: (path, body) => call('PUT', path, { body }),
      answer: (missionId, body) => call('POST', `/v1/missions/${missionId}/answer`, { body }),
      move: (missionId, verb) => call('POST', `/v1/missions/${missionId}/${verb}`),
      async ended(missionId, timeoutMs = 30_000) {
        return waitFor(
          async () => {
            const { body } = await call('GET', `/v1/missions/${missionId}`);
            return ENDED.has(body.status) ? body : undefined;
          },
          { timeoutMs, what: `${missionId} to end` },
        );
      },
      [Symbol.asyncDispose]: () => resources.disposeAsync(),
    };
  } catch (error) {
    await resources.disposeAsync();
    throw error;
  }
}

async function createLocalKey(of: {
  databaseUrl: string;
  encryptionKey: string;
  webhookSecret: string;
}): Promise<string> {
  const timeouts = { statementTimeoutMs: 5_000, connectTimeoutMs: 5_000 };
  const db = createDatabase({ url: of.databaseUrl, poolSize: 1, applicationName: 'flotilla-test', ...timeouts });
  try {
    const webhookSecret = createSecretBox([of.encryptionKey]).seal(of.webhookSecret);
    const account = await db.accounts.create({ name: 'test', tier: 'paid', maxRunning: 1_000, webhookSecret });
    return (await db.keys.create({ accountId: account.id, name: 'test', scopes: SCOPES })).key;
  } finally {
    await db.close();
  }
}

async function startReceiver({ beforeAnswer }: { beforeAnswer?: () => Promise<void> }) {
  const secret = `whsec_${randomBytes(32).toString('base64')}`;
  const verifier = new Webhook(secret);
  const webhooks: ReceivedWebhook[] = [];

  async function receive(body: string, received: IncomingHttpHeaders, response: ServerResponse): Promise<void> {
    const headers = Object.fromEntries(Object.entries(received).map(([name, value]) => [name, String(value)]));
    try {
      verifier.verify(body, headers);
      const { traceparent } = headers;
      webhooks.push({ id: String(headers['webhook-id']), ...(traceparent && { traceparent }), ...JSON.parse(body) });
      await beforeAnswer?.();
      response.writeHead(204).end();
    } catch {
      response.writeHead(400).end();
    }
  }

  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => {
      body += chunk;
    });
    request.on('end', () => void receive(body, request.headers, response));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    url: `http://127.0.0.1:${address.port}/hook`,
    secret,
    webhooks,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
