import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, claim, commitStep, RECEIVER_URL, startApi } from './fixture.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api[Symbol.asyncDispose]());

const keysOf = (value: unknown): string[] => Object.keys(Object(value)).toSorted();
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

const COMMON_KEYS = [
  'agent',
  'attempt',
  'budget',
  'cancelRequestedAt',
  'chainStage',
  'createdAt',
  'deadline',
  'expiresAt',
  'finishedAt',
  'forkedFrom',
  'id',
  'metadata',
  'model',
  'parentMissionId',
  'pausedAt',
  'pool',
  'priority',
  'retryOf',
  'runAfter',
  'sessionId',
  'simulated',
  'startedAt',
  'status',
  'statusReason',
  'stepCount',
  'tags',
  'usage',
  'waitingFor',
  'webhook',
];

describe('POST /v1/missions', () => {
  it('accepts a goal alone, says where the mission is, and stores it with its first event', async () => {
    const answer = await api.call('POST', '/v1/missions', { body: { goal: 'What is 2 + 2?' } });
    expect(answer.status).toBe(202);
    expect(answer.headers.get('location')).toBe(`/v1/missions/${answer.body.id}`);
    expect(answer.body).toEqual({
      id: expect.stringMatching(/^mis_[0-9a-f]{32}$/),
      status: 'queued',
      agent: null,
      model: 'sim/demo',
      simulated: true,
      sessionId: null,
      pool: 'default',
      priority: 5,
      tags: [],
      metadata: {},
      webhook: null,
      createdAt: expect.stringMatching(TIME),
    });
    const events = await api.db.events.read({ missionId: answer.body.id, after: 0, limit: 10 });
    expect(events.map(({ sequence, type }) => `${sequence} ${type}`)).toEqual(['1 mission.queued']);
  });

  it('keeps everything that was asked, and shows it again without the secret', async () => {
    const secret = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;
    const asked = {
      goal: `Grüße, 世界 👩‍👩‍👧 \u202e {{7*7}} $(id) <script> ' OR 1=1; --`,
      model: 'sim/load',
      instructions: 'Be brief.',
      tools: ['calculator', 'sim_work'],
      modelOptions: { steps: 3, temperature: 0.5 },
      limits: { maxSteps: 7, maxOutputTokens: 500 },
      priority: 1,
      webhook: { url: RECEIVER_URL, secret },
      metadata: { customer: 'c-1', toString: 'is only a word' },
      tags: ['a', 'b'],
    };
    const id = await api.post(asked);
    const { status, body, text } = await api.call('GET', `/v1/missions/${id}`);
    expect(status).toBe(200);
    const webhook = { url: RECEIVER_URL, endpointId: expect.stringMatching(/^whe_/), enabled: true };
    expect(body).toMatchObject({ ...asked, webhook, simulated: true });
    expect(text).not.toContain(secret);
    const { rows } = await api.sql.query('SELECT secret FROM webhook_endpoints');
    expect(JSON.stringify(rows)).not.toContain(secret.slice(6));
  });

  it('answers every POST with a mission of its own', async () => {
    const ids = await Promise.all(Array.from({ length: 50 }, () => api.post()));
    expect(new Set(ids).size).toBe(50);
  });

  it('stores one endpoint however many missions name it', async () => {
    const webhook = { url: `${RECEIVER_URL}?shared` };
    await Promise.all(Array.from({ length: 10 }, () => api.post({ goal: 'x', webhook })));
    const { rows } = await api.sql.query('SELECT id FROM webhook_endpoints WHERE url = $1', [webhook.url]);
    expect(rows).toHaveLength(1);
  });
});

describe('GET /v1/missions/:id', () => {
  it('shows exactly the documented fields', async () => {
    const { body } = await api.call('GET', `/v1/missions/${await api.post()}`);
    const asked = 'chain declaredTools goal instructions limits messages modelOptions outputSchema tools'.split(' ');
    const own = [...asked, 'asks', 'output', 'queue', 'timings'];
    expect(keysOf(body)).toEqual([...COMMON_KEYS, ...own].toSorted());
    expect(keysOf(body['usage'])).toEqual(['cachedInputTokens', 'costUsd', 'inputTokens', 'outputTokens']);
  });

  it('follows a mission from queued over running to its output and what it cost', async () => {
    const id = await api.post();
    const running = await claim(api, id);
    expect((await api.call('GET', `/v1/missions/${id}`)).body).toMatchObject({
      status: 'running',
      attempt: 1,
      startedAt: expect.stringMatching(TIME),
      finishedAt: null,
      output: null,
    });
    await commitStep(api, running, { number: 1, text: 'It is 4.' });
    await api.db.lease.leave({ ...running, status: 'completed', output: 'It is 4.' });
    expect((await api.call('GET', `/v1/missions/${id}`)).body).toMatchObject({
      status: 'completed',
      statusReason: null,
      output: 'It is 4.',
      stepCount: 1,
      usage: { inputTokens: 100, outputTokens: 20, cachedInputTokens: 0, costUsd: 0.001234 },
      finishedAt: expect.stringMatching(TIME),
    });
  });

  it('says why a mission failed', async () => {
    const id = await api.post();
    const running = await claim(api, id);
    await api.db.lease.leave({ ...running, status: 'failed', code: 'provider_auth', message: 'The key was refused.' });
    expect((await api.call('GET', `/v1/missions/${id}`)).body).toMatchObject({
      status: 'failed',
      statusReason: { code: 'provider_auth', message: 'The key was refused.', at: expect.stringMatching(TIME) },
      output: null,
    });
  });
});

describe('GET /v1/missions', () => {
  it('pages from the newest to the oldest, and shifts nothing when more come in meanwhile', async () => {
    const { accountId, key } = await api.newAccount('pages');
    expect(accountId).toMatch(/^acc_/);
    const ids: string[] = [];
    for (let number = 0; number < 5; number++) {
      ids.unshift((await api.call('POST', '/v1/missions', { key, body: { goal: `goal ${number}` } })).body.id);
    }
    const seen: string[] = [];
    let path: string | null = '/v1/missions?limit=2';
    while (path !== null) {
      const { status, body } = await api.call('GET', path, { key });
      expect(status).toBe(200);
      seen.push(...body.data.map((mission) => mission.id));
      expect(body.hasMore).toBe(body.nextCursor !== null);
      path = body.nextCursor === null ? null : `/v1/missions?limit=2&cursor=${body.nextCursor}`;
      await api.call('POST', '/v1/missions', { key, body: { goal: 'meanwhile' } });
    }
    expect(seen).toEqual(ids);
  });

  it('shows exactly the documented fields, and of a long goal its beginning', async () => {
    const { key } = await api.newAccount('excerpts');
    await api.call('POST', '/v1/missions', { key, body: { goal: `${'x'.repeat(199)}👩${'y'.repeat(1_000)}` } });
    const { body } = await api.call('GET', '/v1/missions', { key });
    expect(keysOf(body.data[0])).toEqual([...COMMON_KEYS, 'goalExcerpt'].toSorted());
    expect(body.data[0]?.['goalExcerpt']).toBe(`${'x'.repeat(199)}…`);
  });

  it('is empty for an account without missions', async () => {
    const { key } = await api.newAccount('empty');
    expect((await api.call('GET', '/v1/missions', { key })).body).toEqual({
      data: [],
      hasMore: false,
      nextCursor: null,
    });
  });
});

describe('GET /v1/missions/:id/steps and /events', () => {
  it('page the journal in order, by cursor and after a number', async () => {
    const id = await api.post();
    const running = await claim(api, id);
    const passedOver = [
      { provider: 'openai', model: 'main', code: 'provider_suspended', message: 'left alone' } as const,
    ];
    for (const number of [1, 2, 3]) await commitStep(api, running, { number, text: `thought ${number}`, passedOver });

    const first = await api.call('GET', `/v1/missions/${id}/steps?limit=2`);
    expect(first.body).toMatchObject({ hasMore: true, data: [{ number: 1, text: 'thought 1' }, { number: 2 }] });
    const second = await api.call('GET', `/v1/missions/${id}/steps?cursor=${first.body.nextCursor ?? ''}`);
    expect(second.body).toMatchObject({ hasMore: false, nextCursor: null, data: [{ number: 3 }] });
    expect((await api.call('GET', `/v1/missions/${id}/steps?after=2`)).body.data).toEqual(second.body.data);
    expect((await api.call('GET', `/v1/missions/${id}/steps?after=3`)).body.data).toEqual([]);
    expect(second.body.data[0]).toEqual({
      number: 3,
      attempt: 1,
      tries: 1,
      provider: 'sim',
      model: 'sim/demo',
      cached: false,
      passedOver: [{ provider: 'openai', model: 'main', code: 'provider_suspended', message: 'left alone' }],
      simulated: true,
      stopReason: 'end',
      text: 'thought 3',
      toolCalls: [],
      usage: { inputTokens: 100, outputTokens: 20, cachedInputTokens: 0, costUsd: 0.001234 },
      summaryUsage: null,
      unusedUsage: null,
      startedAt: expect.stringMatching(TIME),
      respondedAt: expect.stringMatching(TIME),
      completedAt: expect.stringMatching(TIME),
    });

    const events = await api.call('GET', `/v1/missions/${id}/events?limit=2&after=1`);
    expect(events.body.data.map((event) => event['sequence'])).toEqual([2, 3]);
    expect(events.body.data[0]).toEqual({
      sequence: 2,
      type: 'mission.started',
      data: expect.objectContaining({ attempt: 1 }),
      createdAt: expect.stringMatching(TIME),
    });
    const rest = await api.call('GET', `/v1/missions/${id}/events?cursor=${events.body.nextCursor ?? ''}`);
    expect(rest.body.data.map((event) => event['sequence'])).toEqual([4, 5]);
  });
});

describe('POST /v1/missions with moments', () => {
  it('keeps a mission for later, and says until when it may start and must be done', async () => {
    const startAt = '2027-01-01T09:00:00+01:00';
    const id = await api.post({
      goal: 'x',
      startAt,
      expiresAt: '2027-01-02T00:00:00Z',
      deadline: '2027-01-03T00:00:00Z',
    });
    expect((await api.call('GET', `/v1/missions/${id}`)).body).toMatchObject({
      status: 'queued',
      statusReason: { code: 'delayed' },
      runAfter: '2027-01-01T08:00:00.000Z',
      expiresAt: '2027-01-02T00:00:00.000Z',
      deadline: '2027-01-03T00:00:00.000Z',
    });
    const delayed = await api.post({ goal: 'x', delay: 3_600 });
    expect((await api.call('GET', `/v1/missions/${delayed}`)).body).toMatchObject({
      statusReason: { code: 'delayed' },
    });
  });
});

describe('the doors for machines', () => {
  it('tell that the process lives and what it depends on, without a key', async () => {
    expect((await api.call('GET', '/healthz', { key: null })).body).toEqual({ status: 'ok' });
    const ready = await api.call('GET', '/readyz', { key: null });
    expect(ready.status).toBe(200);
    expect(ready.body).toEqual({ status: 'ok', checks: { database: 'ok', schema: 'ok', queue: 'ok', load: 'ok' } });
  });
});

describe('every answer', () => {
  it('carries a request id, the client’s own if it is a sane one', async () => {
    const own = await api.call('GET', '/v1/missions', { headers: { 'x-request-id': 'my-trace.1' } });
    expect(own.headers.get('x-request-id')).toBe('my-trace.1');
    for (const strange of ['a b', 'x'.repeat(200), '<script>', 'é']) {
      const answer = await api.call('GET', '/v1/missions', { headers: { 'x-request-id': strange } });
      expect(answer.headers.get('x-request-id')).toMatch(/^req_[0-9a-f]{32}$/);
    }
  });

  it('may not be cached, sniffed, framed or traced to Express', async () => {
    const { headers } = await api.call('GET', '/v1/missions');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toBe("default-src 'none';frame-ancestors 'none'");
    expect(headers.get('x-powered-by')).toBeNull();
    expect(headers.get('access-control-allow-origin')).toBeNull();
  });

  it('to HEAD is that to GET without its body', async () => {
    const head = await api.call('HEAD', '/v1/missions');
    expect(head.status).toBe(200);
    expect(head.text).toBe('');
  });
});
