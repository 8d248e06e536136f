import { createId } from '@flotilla/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../../harness/index.ts';
import { resultOf } from '../db/fixture.ts';
import {
  type Api,
  type Body,
  claim,
  commitStep,
  problem,
  problemIn,
  type RunningMission,
  startApi,
} from './fixture.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api[Symbol.asyncDispose]());

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const idsIn = (body: Body) => body.data.map(({ id }) => id);
const get = (path: string, key = api.key) => api.call('GET', path, { key });

/** A mission that has been completed. */
async function completed(body: object = { goal: 'x' }): Promise<string> {
  const running = await claim(api, await api.post(body));
  await commitStep(api, running, { number: 1, text: 'done' });
  await api.db.lease.leave({ ...running, status: 'completed', output: 'done' });
  return running.missionId;
}

/** A mission that runs, and has made a call whose output was too long to be shown. */
async function withCall(output = 'whole '.repeat(5_000)): Promise<RunningMission> {
  const running = await claim(api, await api.post());
  const message = { role: 'assistant' as const, content: [{ type: 'text' as const, text: 'I look.' }] };
  const usage = { inputTokens: 1, outputTokens: 1, cachedInputTokens: 0, costMicroUsd: 1 };
  const response = { provider: 'sim', model: 'sim/demo', message, stopReason: 'tool_calls' as const, usage };
  const step = { number: 1, chainStage: 0, tries: 1, startedAt: new Date(), passedOver: [], cached: false, response };
  const toolCalls = [0, 1].map((index) => ({ index, id: `call_${index}`, name: 'tool', input: {} }));
  await api.db.steps.commitResponse({ ...running, ...step, toolCalls });
  await api.db.steps.commitToolResult({ ...running, ...resultOf(1, 0, 'whole…'), fullOutput: output });
  return running;
}

describe('GET /v1/missions', () => {
  it('lists what is of an agent, a session or a tag, in some states, and created in a range', async () => {
    const definition = { model: 'sim/demo', instructions: 'Be brief.' };
    await api.call('PUT', '/v1/agents/scout', { body: definition });
    const sessionId = (await api.call('POST', '/v1/sessions')).body.id;
    const ended = await completed({ goal: 'x', agent: 'scout', tags: ['red/blue & co'] });
    const queued = await api.post({ goal: 'x', sessionId, tags: ['red/blue & co'] });
    const tag = encodeURIComponent('red/blue & co');
    expect(idsIn((await get('/v1/missions?agent=scout')).body)).toEqual([ended]);
    expect(idsIn((await get('/v1/missions?agent=scout@1&status=completed,failed')).body)).toEqual([ended]);
    expect(idsIn((await get('/v1/missions?agent=scout@2')).body)).toEqual([]);
    expect(idsIn((await get(`/v1/missions?sessionId=${sessionId}`)).body)).toEqual([queued]);
    expect(idsIn((await get(`/v1/missions?tag=${tag}`)).body)).toEqual([queued, ended]);
    expect(idsIn((await get(`/v1/missions?tag=${tag}&status=queued`)).body)).toEqual([queued]);
    expect(idsIn((await get(`/v1/missions?tag=${tag}&createdAfter=2099-01-01T00:00:00Z`)).body)).toEqual([]);
    const first = await get(`/v1/missions?tag=${tag}&limit=1`);
    expect(first.body).toMatchObject({ hasMore: true, data: [{ id: queued, goalExcerpt: 'x' }] });
    const second = await get(`/v1/missions?tag=${tag}&limit=1&cursor=${first.body.nextCursor ?? ''}`);
    expect(second.body).toMatchObject({ hasMore: false, nextCursor: null, data: [{ id: ended }] });
    const { key } = await api.newAccount('list stranger');
    for (const query of ['agent=scout', `sessionId=${sessionId}`, `tag=${tag}`, 'status=queued']) {
      expect((await get(`/v1/missions?${query}`, key)).body.data).toEqual([]);
    }
  });

  it('says which two filters do not go together', async () => {
    const refused = await get(`/v1/missions?tag=a&agent=b&sessionId=${createId('session')}`);
    expect(problemIn(refused)).toEqual(problem(422, 'invalid_request'));
    expect(refused.body.errors).toEqual([
      { path: '?sessionId', message: 'cannot be given together with agent' },
      { path: '?tag', message: 'cannot be given together with agent' },
    ]);
  });

  it.each(['status=done', 'status=', 'status=queued,,', 'agent=A%20B', 'agent=a@0', 'tag=', 'createdAfter=yesterday'])(
    'refuses ?%s',
    async (query) => {
      expect(problemIn(await get(`/v1/missions?${query}`))).toEqual(problem(422, 'invalid_request'));
    },
  );
});

it('a mission says where it stands in the queue, what keeps it, and how long it has been in each state', async () => {
  const id = await api.post({ goal: 'x', priority: 1 });
  expect((await get(`/v1/missions/${id}`)).body).toMatchObject({
    queue: { position: expect.any(Number), isExact: true, blockedBy: null },
    timings: { queuedSeconds: expect.any(Number), runningSeconds: 0, waitingSeconds: 0 },
  });
  const later = await api.post({ goal: 'x', delay: 3_600 });
  const kept = (await get(`/v1/missions/${later}`)).body;
  expect(kept['queue']).toEqual({ position: null, isExact: null, blockedBy: 'delayed' });
  expect((await get(`/v1/missions/${await completed()}`)).body['queue']).toBeNull();
});

describe('the inbox', () => {
  async function parked(kind: 'approval' | 'input', goal: string) {
    const running = await claim(api, await api.post({ goal }));
    await commitStep(api, running, { number: 1, text: 'May I?' });
    const ask = { kind, step: 1, index: 0, request: { tool: 'mail' }, argumentsHash: null, expiresInMs: 60_000 };
    const waitingFor = { kind, detail: {} };
    const reason = { code: `awaiting_${kind}`, message: 'x' };
    const park = { status: 'waiting' as const, ...reason, waitingFor, asks: [ask], children: [], tries: 0 };
    await api.db.lease.leave({ ...running, ...park });
    return running.missionId;
  }

  it('holds what waits for somebody, and takes a decision as the mission itself would', async () => {
    const [first, second] = [await parked('approval', 'first'), await parked('approval', 'second')];
    const third = await parked('input', 'third');
    const { body } = await get('/v1/approvals?kind=approval,input');
    expect(body.data.map((ask) => ask['missionId'])).toEqual([first, second, third]);
    expect(body.data[0]).toEqual({
      id: expect.stringMatching(/^ans_/),
      kind: 'approval',
      step: 1,
      call: 0,
      request: { tool: 'mail' },
      createdAt: expect.stringMatching(TIME),
      expiresAt: expect.stringMatching(TIME),
      missionId: first,
      agent: null,
      goalExcerpt: 'first',
    });
    const page = await get('/v1/approvals?limit=2');
    const rest = await get(`/v1/approvals?limit=2&cursor=${page.body.nextCursor ?? ''}`);
    expect([...idsIn(page.body), ...idsIn(rest.body)]).toEqual(idsIn(body));

    const [askId = '', anotherId = '', inputId = ''] = idsIn(body);
    const decide = (id: string, decision: object, key = api.key) =>
      api.call('POST', `/v1/approvals/${id}/decision`, { key, body: decision });
    const { key } = await api.newAccount('inbox stranger');
    expect((await get('/v1/approvals', key)).body.data).toEqual([]);
    for (const id of [askId, createId('answer'), 'x']) {
      expect(problemIn(await decide(id, { decision: 'approved' }, key))).toEqual(problem(404, 'not_found'));
    }
    expect(problemIn(await decide(askId, { decision: 'maybe' }))).toEqual(problem(422, 'invalid_request'));
    expect(problemIn(await decide(inputId, { decision: 'approved' }))).toEqual(problem(422, 'invalid_request'));
    const decided = await decide(askId, { decision: 'approved', message: 'Go on.' });
    expect(decided).toMatchObject({ status: 200, body: { id: first, status: 'queued' } });
    expect((await decide(askId, { decision: 'rejected' })).body).toMatchObject({ code: 'already_answered' });
    await api.call('POST', `/v1/missions/${second}/cancel`);
    expect((await decide(anotherId, { decision: 'approved' })).body).toMatchObject({ code: 'mission_ended' });
    expect(idsIn((await get('/v1/approvals')).body)).toEqual([inputId]);
  });

  it.each(['kind=children', 'kind=', 'kind=approval&kind=input'])('refuses ?%s', async (query) => {
    expect(problemIn(await get(`/v1/approvals?${query}`))).toEqual(problem(422, 'invalid_request'));
  });
});

describe('the files of a mission', () => {
  it('are listed by path, and sent to be stored', async () => {
    const running = await withCall();
    const files: [path: string, content: Uint8Array][] = [
      ['a.html', Buffer.from('<script>alert(1)</script>')],
      ['b/ä b.txt', Buffer.from('Grüße')],
      ['c.bin', Uint8Array.from({ length: 256 }, (_, byte) => byte)],
    ];
    const written = files.map(([path, content]) => ({ path, content }));
    await api.db.workspace.change({ ...running, written, removed: [] });
    const at = `/v1/missions/${running.missionId}/files`;
    const page = await get(`${at}?limit=2`);
    expect(page.body).toMatchObject({ hasMore: true, data: [{ path: 'a.html', bytes: 25 }, { path: 'b/ä b.txt' }] });
    const rest = await get(`${at}?limit=2&cursor=${page.body.nextCursor ?? ''}`);
    expect(rest.body).toEqual({ data: [{ path: 'c.bin', bytes: 256 }], hasMore: false, nextCursor: null });

    const html = await get(`${at}/a.html`);
    expect(html).toMatchObject({ status: 200, text: '<script>alert(1)</script>' });
    expect(Object.fromEntries(html.headers)).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'content-disposition': `attachment; filename="a.html"; filename*=UTF-8''a.html`,
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none';frame-ancestors 'none'",
      'cache-control': 'no-store',
    });
    expect((await get(`${at}/b/%C3%A4%20b.txt`)).text).toBe('Grüße');
    const bytes = await fetch(`${api.url}${at}/c.bin`, { headers: { authorization: `Bearer ${api.key}` } });
    expect(Buffer.from(await bytes.arrayBuffer())).toEqual(Buffer.from(files[2]?.[1] ?? []));
    const head = await api.call('HEAD', `${at}/a.html`);
    expect([head.status, head.text, head.headers.get('content-length')]).toEqual([200, '', '25']);
  });

  it.each(['none', '../a', '%2e%2e/a', 'a/../a', '%00', 'a%0d%0ab', '', 'a//b', '%2Fetc%2Fpasswd', 'x'.repeat(400)])(
    'have none called %s',
    async (path) => {
      const { missionId } = await withCall();
      expect(problemIn(await get(`/v1/missions/${missionId}/files/${path}`))).toEqual(problem(404, 'not_found'));
    },
  );
});

it('the whole output of a tool call is there for who asks, and of no other call', async () => {
  const { missionId } = await withCall();
  const at = `/v1/missions/${missionId}/steps`;
  const answer = await get(`${at}/1/tool-calls/0/output`);
  expect(answer).toMatchObject({ status: 200, body: { step: 1, call: 0, output: 'whole '.repeat(5_000) } });
  for (const place of ['1/tool-calls/1', '1/tool-calls/2', '2/tool-calls/0', '1/tool-calls/call_0', '0/tool-calls/0']) {
    expect(problemIn(await get(`${at}/${place}/output`))).toEqual(problem(404, 'not_found'));
  }
});

it('an ended mission is erased, and what asked for it may be asked anew; one that has not ended stays', async () => {
  const headers = { 'idempotency-key': 'erase-me' };
  const body = { goal: 'a secret goal', tags: ['a secret tag'] };
  const post = () => api.call('POST', '/v1/missions', { body, headers });
  const { id } = (await post()).body;
  const erase = (missionId: string, key = api.key) => api.call('DELETE', `/v1/missions/${missionId}`, { key });
  const refused = await erase(id);
  expect(problemIn(refused)).toEqual(problem(409, 'mission_not_ended'));
  expect(refused.body).toMatchObject({ missionStatus: 'queued' });
  const running = await claim(api, id);
  await api.db.lease.leave({ ...running, status: 'completed', output: 'a secret answer' });
  const { key } = await api.newAccount('erasing stranger');
  expect(problemIn(await erase(id, key))).toEqual(problem(404, 'not_found'));
  const erased = await erase(id);
  expect([erased.status, erased.text]).toEqual([204, '']);
  for (const suffix of ['', '/steps', '/events', '/result', '/files']) {
    expect(problemIn(await get(`/v1/missions/${id}${suffix}`))).toEqual(problem(404, 'not_found'));
  }
  expect(problemIn(await erase(id))).toEqual(problem(404, 'not_found'));
  const again = await post();
  expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([202, null]);
  expect(again.body.id).not.toBe(id);
});

it('the account’s log has the events of all its missions, and is gone on with from where it ended', async () => {
  const { key, accountId } = await api.newAccount('log');
  const none = await get('/v1/events', key);
  expect(none.body).toEqual({ data: [], hasMore: false, nextCursor: null, endCursor: null });
  const posted: string[] = [];
  for (const goal of ['a', 'b', 'c']) {
    posted.push((await api.call('POST', '/v1/missions', { key, body: { goal } })).body.id);
  }
  // Whatever writes on this server at the same time holds the log back for a moment.
  const whole = await waitFor(
    async () => {
      const { body } = await get('/v1/events', key);
      return body.data.length >= 3 && body;
    },
    { what: 'three events' },
  );
  expect(whole.data[0]).toEqual({
    missionId: posted[0],
    sequence: 1,
    type: 'mission.queued',
    data: {},
    createdAt: expect.stringMatching(TIME),
  });
  const first = (await get('/v1/events?limit=2', key)).body;
  expect(first).toMatchObject({ hasMore: true, nextCursor: first['endCursor'] });
  const second = (await get(`/v1/events?limit=2&cursor=${first.nextCursor ?? ''}`, key)).body;
  expect(second).toMatchObject({ hasMore: false, nextCursor: null, endCursor: expect.any(String) });
  expect([...first.data, ...second.data]).toEqual(whole.data);

  await api.db.missions.cancel(accountId, posted[1] ?? '');
  const since = `/v1/events?type=mission.cancelled,mission.failed&cursor=${String(second['endCursor'])}`;
  const news = await waitFor(
    async () => {
      const { body } = await get(since, key);
      return body.data.length > 0 && body;
    },
    { what: 'the cancel' },
  );
  expect(news.data).toMatchObject([{ missionId: posted[1], type: 'mission.cancelled', sequence: 2 }]);
  expect(problemIn(await get('/v1/events?type=mission.erased', key))).toEqual(problem(422, 'invalid_request'));
  expect(problemIn(await get('/v1/events?cursor=x', key))).toEqual(problem(400, 'invalid_cursor'));
});

it('an account is told its limits, and what it has of them', async () => {
  const { key, accountId } = await api.newAccount('standing');
  await api.db.accounts.setLimits({ accountId, maxRunning: 3, maxQueued: 7 });
  const [first] = await Promise.all(
    [1, 2, 3].map(async () => (await api.call('POST', '/v1/missions', { key, body: { goal: 'x' } })).body.id),
  );
  await claim(api, first ?? '');
  expect((await get('/v1/account', key)).body).toEqual({
    id: accountId,
    name: 'standing',
    tier: 'paid',
    limits: { maxRunning: 3, maxQueued: 7, retentionDays: 30 },
    inUse: { running: 1, queued: 2, waiting: 0 },
    createdAt: expect.stringMatching(TIME),
  });
});
