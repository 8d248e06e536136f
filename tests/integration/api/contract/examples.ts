import type { Examples } from './example.ts';
import { READ_EXAMPLES } from './read-examples.ts';
import { disabledWebhook, WEBHOOK_EXAMPLES } from './webhook-examples.ts';

/** Of each method and address what it answers, in the order in which it is asked. Between them they have every answer. */
export const EXAMPLES: Examples = {
  ...READ_EXAMPLES,
  ...WEBHOOK_EXAMPLES,
  'GET /healthz': () => [{ answers: 200 }],
  'GET /readyz': () => [{ answers: 200 }],
  'GET /openapi.json': () => [{ answers: 200 }],
  'GET /docs': () => [{ answers: 200 }],
  'GET /docs/style.css': () => [{ answers: 200 }],

  'POST /v1/missions': async (world) => {
    const { key } = await world.full();
    const body = { goal: 'What is 2 + 2?' };
    const dedupe = { key: 'sums' };
    const used = { 'idempotency-key': 'used' };
    return [
      { body, answers: 202 },
      { body: { ...body, agent: await world.agent('adder'), sessionId: await world.session() }, answers: 202 },
      { body: { messages: [{ role: 'user', content: 'What is 2 + 2?' }] }, answers: 202 },
      { body: { ...body, dedupe }, answers: 202 },
      { body: { ...body, dedupe }, answers: 200 },
      { body: { ...body, dedupe: { ...dedupe, onConflict: 'reject' } }, answers: 'duplicate_mission' },
      { body, headers: used, answers: 202 },
      { body, headers: used, answers: 202 },
      { body: { goal: 'What is 2 + 3?' }, headers: used, answers: 'idempotency_key_reused' },
      { body: { ...body, agent: 'nobody' }, answers: 'unknown_agent' },
      { body: { ...body, model: 'nobody' }, answers: 'unknown_model' },
      { body: { ...body, tools: ['teleport'] }, answers: 'unknown_tool' },
      { body: { ...body, pool: 'nowhere' }, answers: 'unknown_pool' },
      { body: { ...body, sessionId: 'none' }, answers: 'unknown_session' },
      { body: { ...body, webhook: { url: 'http://127.0.0.1/' } }, answers: 'url_not_allowed' },
      { body: { ...body, webhook: await disabledWebhook(world) }, answers: 'endpoint_disabled' },
      { body, key, answers: 'backlog_full' },
    ];
  },
  'POST /v1/missions/batch': () => {
    const used = { 'idempotency-key': 'used' };
    const dedupe = { key: 'batch' };
    return [
      { body: { missions: [{ goal: 'x', dedupe }, { goal: 'x', dedupe }, { gaol: 'x' }, 1] }, answers: 200 },
      { body: { missions: [{ goal: 'x' }] }, headers: used, answers: 200 },
      { body: { missions: [{ goal: 'y' }] }, headers: used, answers: 'idempotency_key_reused' },
    ];
  },
  'GET /v1/missions': async (world) => [
    { query: 'limit=2', answers: 200 },
    { query: `sessionId=${await world.session()}`, answers: 200 },
    { query: 'agent=adder@1&status=queued,failed&createdAfter=2026-01-01T00:00:00Z', answers: 200 },
    { query: 'cursor=x', answers: 'invalid_cursor' },
  ],
  'GET /v1/missions/{missionId}': async (world) => [
    { params: { missionId: await world.running() }, answers: 200 },
    { params: { missionId: await world.completed() }, answers: 200 },
    { params: { missionId: await world.failed() }, answers: 200 },
    { params: { missionId: (await world.waiting('approval')).missionId }, answers: 200 },
    { params: { missionId: await world.api.post(EVERYTHING) }, answers: 200 },
  ],
  'GET /v1/missions/{missionId}/steps': async (world) => [
    { params: { missionId: await world.completed() }, query: 'after=0', answers: 200 },
    { params: { missionId: await world.running() }, query: 'cursor=x', answers: 'invalid_cursor' },
  ],
  'GET /v1/missions/{missionId}/events': async (world) => {
    const params = { missionId: await world.completed() };
    const accept = 'text/event-stream';
    return [
      { params, answers: 200 },
      { params, headers: { accept }, answers: 200 },
      { params, headers: { accept, 'last-event-id': '1000' }, answers: 204 },
      { params, query: 'cursor=x', answers: 'invalid_cursor' },
    ];
  },
  'GET /v1/missions/{missionId}/result': async (world) => [
    { params: { missionId: await world.completed() }, query: 'wait=1', answers: 200 },
    { params: { missionId: await world.api.post() }, answers: 202 },
  ],
  'GET /v1/missions/{missionId}/plan': async (world) => [
    { params: { missionId: await world.running() }, answers: 200 },
  ],
  'GET /v1/missions/{missionId}/children': async (world) => {
    const params = { missionId: await world.running() };
    return [
      { params, answers: 200 },
      { params, query: 'cursor=x', answers: 'invalid_cursor' },
    ];
  },
  'POST /v1/missions/{missionId}/cancel': async (world) => [
    { params: { missionId: await world.api.post() }, answers: 200 },
    { params: { missionId: await world.running() }, body: {}, answers: 202 },
    { params: { missionId: await world.completed() }, answers: 'mission_ended' },
  ],
  'POST /v1/missions/{missionId}/pause': async (world) => [
    { params: { missionId: await world.running() }, answers: 200 },
    { params: { missionId: await world.cancelled() }, answers: 'mission_ended' },
  ],
  'POST /v1/missions/{missionId}/resume': async (world) => [
    { params: { missionId: await world.api.post() }, answers: 200 },
    { params: { missionId: await world.cancelled() }, answers: 'mission_ended' },
  ],
  'GET /v1/missions/{missionId}/asks': async (world) => [
    { params: { missionId: (await world.waiting()).missionId }, answers: 200 },
  ],
  'POST /v1/missions/{missionId}/answer': async (world) => {
    const [asked, expired, ended] = [await world.waiting('approval'), await world.waiting(), await world.waiting()];
    await world.api.sql.query(`UPDATE answers SET expires_at = now() - interval '1 s' WHERE id = $1`, [expired.askId]);
    await world.api.call('POST', `/v1/missions/${ended.missionId}/cancel`);
    const answer = ({ missionId, askId }: typeof asked) => ({
      params: { missionId },
      body: { askId, answer: { decision: 'approved' } },
    });
    return [
      { ...answer(asked), answers: 200 },
      { ...answer(asked), answers: 'already_answered' },
      { ...answer(expired), answers: 'ask_expired' },
      { ...answer(ended), answers: 'mission_ended' },
    ];
  },
  'POST /v1/missions/{missionId}/retry': async (world) => {
    const full = await world.full();
    const params = { missionId: await world.failed() };
    const used = { 'idempotency-key': 'used' };
    return [
      { params, answers: 202 },
      { params, body: { from: 'start' }, headers: used, answers: 202 },
      { params, headers: used, answers: 'idempotency_key_reused' },
      { params: { missionId: await world.running() }, answers: 'mission_not_ended' },
      { params: { missionId: full.missionId }, key: full.key, answers: 'backlog_full' },
    ];
  },
  'POST /v1/missions/{missionId}/fork': async (world) => {
    const full = await world.full();
    const params = { missionId: await world.running() };
    const used = { 'idempotency-key': 'used' };
    const tool = { name: 'buy', description: 'Buys.', inputSchema: { type: 'object' }, url: 'http://127.0.0.1/' };
    return [
      { params, body: { step: 0, patch: { goal: 'What is 2 + 3?' } }, answers: 202 },
      { params, body: { step: 0 }, headers: used, answers: 202 },
      { params, body: { step: 0, patch: { goal: 'Why?' } }, headers: used, answers: 'idempotency_key_reused' },
      { params, body: { step: 0, patch: { model: 'nobody' } }, answers: 'unknown_model' },
      { params, body: { step: 0, patch: { tools: ['teleport'] } }, answers: 'unknown_tool' },
      { params, body: { step: 0, patch: { tools: [tool] } }, answers: 'url_not_allowed' },
      { params: { missionId: full.missionId }, key: full.key, body: { step: 0 }, answers: 'backlog_full' },
    ];
  },
  'GET /v1/dead-letters': async (world) => {
    await world.failed();
    return [
      { query: 'code=provider_error&createdAfter=2026-01-01T00:00:00Z', answers: 200 },
      { query: 'cursor=x', answers: 'invalid_cursor' },
    ];
  },
  'POST /v1/bulk-actions': async (world) => {
    const { key } = await world.full();
    await world.failed();
    return [
      { body: { action: 'retry', filter: {}, dryRun: true }, answers: 200 },
      { body: { action: 'retry', filter: { code: 'provider_error' } }, answers: 200 },
      { body: { action: 'cancel', filter: { tag: 'sums' }, limit: 3 }, answers: 200 },
      { body: { action: 'cancel', filter: {}, cursor: 'x' }, answers: 'invalid_cursor' },
      { body: { action: 'retry', filter: { status: 'cancelled' } }, key, answers: 'backlog_full' },
    ];
  },

  'PUT /v1/agents/{name}': () => {
    const params = { name: 'writer' };
    const body = { model: 'sim/demo', instructions: 'Write.' };
    const tool = { name: 'buy', description: 'Buys.', inputSchema: { type: 'object' }, url: 'http://127.0.0.1/' };
    return [
      { params, body, answers: 201 },
      { params, body, answers: 200 },
      { params, body: AGENT, answers: 201 },
      { params, body: { ...body, model: 'nobody' }, answers: 'unknown_model' },
      { params, body: { ...body, tools: ['teleport'] }, answers: 'unknown_tool' },
      { params, body: { ...body, pool: 'nowhere' }, answers: 'unknown_pool' },
      { params, body: { ...body, tools: [tool] }, answers: 'url_not_allowed' },
    ];
  },
  'GET /v1/agents': async (world) => {
    await world.agent('reader');
    return [
      { query: 'limit=1', answers: 200 },
      { query: 'cursor=x', answers: 'invalid_cursor' },
    ];
  },
  'GET /v1/agents/{name}': async (world) => [
    { params: { name: await world.agent('reader') }, query: 'version=1', answers: 200 },
  ],
  'GET /v1/agents/{name}/versions': async (world) => {
    const params = { name: await world.agent('reader') };
    return [
      { params, answers: 200 },
      { params, query: 'cursor=x', answers: 'invalid_cursor' },
    ];
  },

  'POST /v1/sessions': () => [{ answers: 201 }, { body: {}, answers: 201 }],
  'GET /v1/sessions': () => [{ answers: 200 }, { query: 'cursor=x', answers: 'invalid_cursor' }],
  'GET /v1/sessions/{sessionId}': async (world) => [{ params: { sessionId: await world.session() }, answers: 200 }],
  'DELETE /v1/sessions/{sessionId}': async (world) => {
    const sessionId = await world.session();
    await world.api.post({ goal: 'x', sessionId });
    return [
      { params: { sessionId: await world.session() }, answers: 204 },
      { params: { sessionId }, answers: 'mission_not_ended' },
    ];
  },
  'GET /v1/sessions/{sessionId}/plan': async (world) => [
    { params: { sessionId: await world.session() }, answers: 200 },
  ],
  'POST /v1/missions/{missionId}/tokens': async (world) => [
    { params: { missionId: await world.running() }, body: { ttlSeconds: 60 }, answers: 201 },
  ],
  'POST /v1/api-keys': async (world) => {
    const body = { name: 'x', scopes: ['missions:read'] };
    const { key } = await world.allKeys();
    return [
      { body, answers: 201 },
      { body, key, answers: 'too_many_keys' },
    ];
  },
  'GET /v1/api-keys': () => [
    { query: 'limit=1', answers: 200 },
    { query: 'cursor=x', answers: 'invalid_cursor' },
  ],
  'POST /v1/api-keys/{keyId}/rotate': async (world) => {
    const params = { keyId: await world.apiKey() };
    const all = await world.allKeys();
    return [
      { params, body: { overlapSeconds: 60 }, answers: 201 },
      { params, answers: 'key_replaced' },
      { params: { keyId: all.keyId }, key: all.key, answers: 'too_many_keys' },
    ];
  },
  'DELETE /v1/api-keys/{keyId}': async (world) => [{ params: { keyId: await world.apiKey() }, answers: 204 }],
  'GET /v1/usage': () => [
    { query: 'from=2026-01-01&to=2026-01-31&model=sim/demo', answers: 200 },
    { answers: 200 },
    { query: 'cursor=x', answers: 'invalid_cursor' },
  ],
};

const TOOL = { name: 'stock', description: 'Counts.', inputSchema: { type: 'object', properties: {} } };

/** A mission of which everything can be seen. */
const EVERYTHING = {
  goal: 'What is 2 + 2?',
  tools: ['calculator', TOOL, { name: 'docs__*', mcp: 'https://docs.example/mcp' }],
  chain: [{ name: 'adder', instructions: 'Add.', tools: ['stock'] }, { instructions: 'Check.' }],
  modelOptions: { temperature: 0.5, reasoningEffort: 'low' },
  limits: { maxSteps: 7 },
  budget: { usd: 1, tokens: 1_000, steps: 5, wallClockSeconds: 60, onExhausted: 'fail' },
  outputSchema: { type: 'object', properties: { sum: { type: 'number' } } },
  delay: 3_600,
  deadline: new Date(Date.now() + 86_400_000).toISOString(),
  metadata: { customer: 'c-1' },
  tags: ['sums'],
};

const AGENT = {
  model: 'sim/demo',
  smallModel: 'sim/demo',
  summarize: true,
  fallbackModels: ['sim/load'],
  instructions: 'Write well.',
  tools: ['calculator', TOOL],
  afterUntrusted: 'run',
  limits: { maxSteps: 3 },
  budget: { tokens: 1_000 },
  modelOptions: { temperature: 0 },
  outputSchema: { type: 'array' },
  pool: 'default',
};
