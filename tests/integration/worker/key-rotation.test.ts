import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createAgentPool, createDeclaredTool, createStop, type Provider } from '@flotilla/agent';
import type { ModelResponse } from '@flotilla/core';
import { createLogger, createOutbound, createRedactor, createSecretBox } from '@flotilla/platform';
import { createDeliveryRunner } from '@flotilla/worker/deliver';
import { createOpenSecrets } from '@flotilla/worker/open-secrets';
import { createMissionPlayer } from '@flotilla/worker/play-mission';
import { createToolPoster } from '@flotilla/worker/post-tool';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createFixture, type Fixture } from '../db/fixture.ts';

const [OLDER = '', NEWER = ''] = [1, 2].map((fill) => Buffer.alloc(32, fill).toString('base64'));
const SECRET = `whsec_${Buffer.alloc(32, 3).toString('base64')}`;
/** By a process that has the new key in front. */
const SEALED = createSecretBox([NEWER, OLDER]).seal(SECRET);

type Post = { path: string; headers: Record<string, string>; body: string };
const nothing = () => undefined;

let f: Fixture;
let port: number;
/** What a receiver and a tool of a client's were sent. */
let posts: Post[] = [];
const resources = new AsyncDisposableStack();

beforeAll(async () => {
  f = resources.use(await createFixture());
  await f.sql.query('UPDATE accounts SET webhook_secret = $1', [SEALED]);
  const server = resources.use(createServer((request, response) => void receive(request, response)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  port = typeof address === 'object' && address !== null ? address.port : 0;
});
afterAll(() => resources.disposeAsync());
beforeEach(() => {
  posts = [];
});

async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
  posts.push({ path: request.url ?? '', headers, body });
  response.writeHead(200, { 'content-type': 'text/plain', connection: 'close' }).end('three');
}

/** Calls the one tool there is, and tells its result. */
const model: Provider = {
  name: 'sim',
  async call({ context: { step } }): Promise<ModelResponse> {
    const common = {
      provider: 'sim' as const,
      model: 'script',
      usage: { inputTokens: 1, outputTokens: 1, cachedInputTokens: 0, costMicroUsd: 0 },
    };
    if (step > 1) {
      return {
        ...common,
        message: { role: 'assistant', content: [{ type: 'text', text: 'done' }] },
        stopReason: 'end',
      };
    }
    const call = { type: 'tool_call' as const, id: 'c1', name: 'count', input: {} };
    return { ...common, message: { role: 'assistant', content: [call] }, stopReason: 'tool_calls' };
  },
};

/** A worker with these keys: its deliveries, its missions, and what it tells its operator. */
async function startWorker(keys: readonly string[]) {
  const told: string[] = [];
  const logger = createLogger({
    service: 'test',
    level: 'error',
    format: 'json',
    write: (line) => void told.push(line),
  });
  const openSecrets = createOpenSecrets({ secrets: createSecretBox(keys), logger });
  const outbound = createOutbound({ allowLoopbackPorts: [port] });
  resources.defer(() => outbound.close());
  const deliver = createDeliveryRunner({
    db: f.db,
    queue: { ringAll: async () => 0 },
    outbound,
    openSecrets,
    redactor: createRedactor(),
    logger,
    facts: { deliveryAttempted: nothing, fenced: nothing },
    traces: { webhook: () => ({ traceparent: null, end: nothing }) },
    workerId: () => null,
    slots: 4,
    schedule: [60_000],
  });
  const post = createToolPoster({ db: f.db, outbound, openSecrets, isLive: () => true, logger });
  const play = createMissionPlayer({
    openSecrets,
    teller: { events: nothing, delta: nothing },
    db: f.db,
    providers: () => model,
    agents: createAgentPool({ tools: new Map(), declare: (declared) => createDeclaredTool(declared, { post }) }),
    patienceMs: 0,
    priceOf: () => 0,
    facts: { historyLoaded: nothing, stepCommitted: nothing, stepCompleted: nothing, fenced: nothing },
  });
  const workerId = await f.newWorker();
  return {
    told,
    post,
    deliver: (deliveryId: string) => deliver(deliveryId, new AbortController().signal),
    async run(missionId: string) {
      const mission = await f.db.lease.claim({ missionId, workerId });
      if (mission === 'not_ours') throw new Error('the claim failed');
      const owner = { missionId, attempt: mission.attempt };
      const live = { owner, isLive: () => true, onAgain: nothing };
      const move = await play({ mission, owner, stop: createStop(), live, logger, onProgress: nothing });
      if (move) await f.db.lease.leave({ ...owner, ...move });
      return move;
    },
  };
}

function newTool(name: string) {
  return {
    name,
    description: 'counts',
    inputSchema: { type: 'object' as const },
    url: `http://127.0.0.1:${port}/${name}`,
  };
}

async function newDelivery(): Promise<string> {
  const url = `http://127.0.0.1:${port}/hook`;
  const endpointId = await f.db.endpoints.ensureForMission({
    accountId: f.accountId,
    url,
    secret: null,
    secretHash: '',
  });
  const run = await f.newRunning({ endpointId });
  await f.db.lease.leave({ ...run, status: 'completed', output: 'done' });
  const { rows } = await f.sql.query<{ id: string }>('SELECT id FROM deliveries WHERE mission_id = $1', [
    run.missionId,
  ]);
  return rows[0]?.id ?? '';
}

it('a webhook is left to a worker that has the key, keeps its place in the schedule meanwhile, and the operator is told once', async () => {
  const [lacking, having] = [await startWorker([OLDER]), await startWorker([OLDER, NEWER])];
  const id = await newDelivery();
  const becomeDue = () => f.sql.query('UPDATE deliveries SET next_attempt_at = now() WHERE id = $1', [id]);
  const attempts = () => f.db.deliveries.attempts({ deliveryId: id, after: 0, limit: 10 });
  for (let claims = 0; claims < 3; claims += 1) {
    await lacking.deliver(id);
    const { nextAttemptAt } = (await f.db.deliveries.read(f.accountId, id)) ?? {};
    const inMs = Number(nextAttemptAt) - Date.now();
    expect(inMs).toBeGreaterThan(0);
    expect(inMs).toBeLessThan(10_000);
    await becomeDue();
  }
  expect([posts, await attempts()]).toEqual([[], []]);
  expect(lacking.told).toEqual([expect.stringContaining('FLOTILLA_ENCRYPTION_KEYS')]);
  const { rows } = await f.sql.query('SELECT attempt - attempts_before AS tries FROM deliveries WHERE id = $1', [id]);
  expect(rows).toEqual([{ tries: 0 }]);

  await having.deliver(id);
  const [post] = posts;
  if (!post) throw new Error('nothing was sent');
  new Webhook(SECRET).verify(post.body, post.headers);
  expect(await attempts()).toMatchObject([{ number: 4, responseStatus: 200 }]);
  expect(having.told).toEqual([]);
  expect((await f.db.audit()).filter(({ count }) => count > 0)).toEqual([]);
});

it('a webhook that nobody could sign for an hour has failed as any other, and says why', async () => {
  const lacking = await startWorker([OLDER]);
  const id = await newDelivery();
  await f.sql.query(
    `UPDATE mission_events e SET created_at = now() - interval '1 hour' FROM deliveries d
     WHERE d.id = $1 AND e.mission_id = d.mission_id AND e.sequence = d.event_sequence`,
    [id],
  );
  await lacking.deliver(id);
  expect(await f.db.deliveries.attempts({ deliveryId: id, after: 0, limit: 10 })).toMatchObject([
    { number: 1, responseStatus: null, error: 'it could not be signed: its secret cannot be opened' },
  ]);
  expect(await f.db.deliveries.read(f.accountId, id)).toMatchObject({ status: 'pending' });
});

it('a mission whose tools are called with signatures is left to a worker that can make them, before it begins', async () => {
  const [lacking, having] = [await startWorker([OLDER]), await startWorker([OLDER, NEWER])];
  const spec = {
    goal: 'count',
    model: 'sim/script',
    instructions: null,
    tools: ['count'],
    declaredTools: [newTool('count')],
    modelOptions: {},
    limits: { maxSteps: 3, maxOutputTokens: 100 },
  };
  const missionId = await f.newMission({ spec });
  expect(await lacking.run(missionId)).toMatchObject({ status: 'queued', code: 'no_worker', tries: 0, afterMs: 2_000 });
  expect(posts).toEqual([]);
  await f.sql.query('UPDATE missions SET run_after = now() WHERE id = $1', [missionId]);
  expect(await having.run(missionId)).toMatchObject({ status: 'completed', output: 'done' });
  const [post] = posts;
  if (!post) throw new Error('the tool was not called');
  new Webhook(SECRET).verify(post.body, post.headers);
});

it('a call whose secret was sealed anew while its mission ran is told as one that was not made', async () => {
  const lacking = await startWorker([OLDER]);
  const { missionId, attempt } = await f.newRunning();
  const context = {
    signal: new AbortController().signal,
    missionId,
    attempt,
    step: 1,
    callIndex: 0,
    idempotencyKey: 'k',
    secret: () => '',
    mayGoTo: () => true,
    askModel: async () => '',
  };
  const { url } = newTool('count');
  expect(await lacking.post({ url, body: '{}', context })).toEqual({
    kind: 'failed',
    message: 'it could not be signed',
    mayHaveArrived: false,
  });
  expect(posts).toEqual([]);
});

it('every secret that is stored is sealed anew for the new key, also one that is on its way out', async () => {
  const old = createSecretBox([OLDER]);
  const box = createSecretBox([NEWER, OLDER]);
  await f.sql.query('UPDATE accounts SET webhook_secret = $1', [old.seal('whsec_account')]);
  const { accountId } = f;
  const secret = old.seal('whsec_account_now');
  await f.db.accounts.rotateSecret({ accountId, secret, previousValidForSeconds: 60 });
  const endpoint = await f.db.endpoints.create({
    accountId: f.accountId,
    url: 'https://subscriber.example/hook',
    description: null,
    eventTypes: ['mission.failed'],
    isEnabled: true,
    secret: old.seal('whsec_before'),
  });
  const key = { accountId: f.accountId, endpointId: endpoint?.id ?? '' };
  await f.db.endpoints.rotateSecret({ ...key, secret: old.seal('whsec_now'), previousValidForSeconds: 60 });
  const reseal = () =>
    f.db.accounts.reseal((sealed) => (box.isSealedByFirst(sealed) ? null : box.seal(box.open(sealed))));
  expect(await reseal()).toEqual({ looked: 4, replaced: 4 });
  expect(await reseal()).toEqual({ looked: 4, replaced: 0 });
  const { rows } = await f.sql.query<{ sealed: string }>(
    `SELECT unnest(ARRAY[secret, previous_secret]) AS sealed FROM webhook_endpoints WHERE secret IS NOT NULL
     UNION ALL SELECT unnest(ARRAY[webhook_secret, previous_webhook_secret]) FROM accounts`,
  );
  expect(rows.map(({ sealed }) => createSecretBox([NEWER]).open(sealed)).toSorted()).toEqual([
    'whsec_account',
    'whsec_account_now',
    'whsec_before',
    'whsec_now',
  ]);
});
