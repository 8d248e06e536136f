import { type CursorKind, createCursor } from '@flotilla/api/cursor';
import { createId } from '@flotilla/core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BAD_BODIES, BAD_FIELDS, BAD_URLS } from './bad-input.ts';
import { addressOf } from './contract/operations.ts';
import { type Answer, type Api, type CallOptions, problem, problemIn, startApi } from './fixture.ts';
import { LISTS } from './lists.ts';

let api: Api;
let rowsBefore: number;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api[Symbol.asyncDispose]());
beforeEach(async () => {
  rowsBefore = await api.countRows();
});
// After every one of these: nothing was stored, and the process is there and well.
afterEach(async () => {
  await api.checkUnharmed(rowsBefore);
});

/** Positions that no list has: the checksum of a cursor is no secret, and whoever knows it may seal any. */
const FORGED = ['', 'a\0b', '\ud800', 'x'.repeat(5_000), 2_147_483_648, Number.MAX_SAFE_INTEGER];
/** And those that look like those of a list, but for one thing. */
const FORGED_PLACES: Partial<Record<CursorKind, string[]>> = {
  usage: [
    ['0000-01-01', '', 'sim/demo'],
    ['2026-01-01', 'x', 'sim/demo'],
    ['2026-01-01', '', 'a\0b'],
  ].map((place) => JSON.stringify(place)),
  log: [
    ['9'.repeat(19), createId('mission'), 1, null],
    ['1', 'mis_', 1, null],
    ['1', createId('mission'), 2_147_483_648, null],
    ['1', createId('mission'), 1, 8_640_000_000_000_001],
  ].map((place) => JSON.stringify(place)),
};

const post = (options: CallOptions): Promise<Answer> => api.call('POST', '/v1/missions', options);

describe('a body', () => {
  it.each(BAD_BODIES)('that is $what is answered with $status $code', async ({ raw, status, code }) => {
    expect(problemIn(await post({ raw: raw() }))).toEqual(problem(status, code));
  });

  it.each([
    ['of text', 'text/plain'],
    ['of a form', 'application/x-www-form-urlencoded'],
    ['of several parts', 'multipart/form-data; boundary=x'],
    ['in UTF-7', 'application/json; charset=utf-7'],
    ['in UTF-16', 'application/json; charset=utf-16'],
    ['of a relative of JSON', 'application/vnd.api+json'],
    ['of two types', 'application/json, text/plain'],
    ['of JSON in front', 'application/jsonx'],
    ['of nothing', ''],
  ])('%s is no JSON', async (_what, type) => {
    expect(problemIn(await post({ raw: '{"goal":"x"}', headers: { 'content-type': type } }))).toEqual(
      problem(415, 'unsupported_media_type'),
    );
  });

  it.each(['gzip', 'br', 'deflate', 'GZIP', 'gzip, identity', 'x'])(
    'in Content-Encoding %s is refused',
    async (encoding) => {
      expect(problemIn(await post({ raw: 'x', headers: { 'content-encoding': encoding } }))).toEqual(
        problem(415, 'unsupported_media_type'),
      );
    },
  );
});

describe('a field', () => {
  it.each(BAD_FIELDS)('that is $what is named', async ({ body, path, code = 'invalid_request' }) => {
    const answer = await post({ body });
    expect(problemIn(answer)).toEqual(problem(422, code));
    expect(answer.body.errors.map((error: { path: string }) => error.path)).toContain(path);
  });

  it.each([
    'id',
    'status',
    'attempt',
    'accountId',
    'account_id',
    'createdAt',
    'parentMissionId',
    'retryOf',
    'output',
    'usage',
    'role',
    'isAdmin',
  ])('that is not the client’s to set is refused: %s', async (name) => {
    expect(problemIn(await post({ body: { goal: 'x', [name]: 'x' } }))).toEqual(problem(422, 'invalid_request'));
  });

  it('that is far too much is not repeated in the answer', async () => {
    const answer = await post({ body: { goal: 'x', ['k'.repeat(50_000)]: 'v'.repeat(50_000) } });
    expect(problemIn(answer)).toEqual(problem(422, 'invalid_request'));
    expect(answer.text.length).toBeLessThan(2_000);
  });
});

describe('a model', () => {
  it('that is unknown is answered with those that are known', async () => {
    const answer = await post({ body: { goal: 'x', model: 'gpt-5' } });
    expect(problemIn(answer)).toEqual(problem(422, 'unknown_model'));
    expect(answer.body.allowed).toEqual(['sim/demo', 'sim/load', 'anthropic/*', 'bedrock/*', 'openai/*']);
  });
});

describe('a webhook', () => {
  it.each(BAD_URLS)('to %s is refused', async (url) => {
    const answer = await post({ body: { goal: 'x', webhook: { url } } });
    expect(problemIn(answer)).toEqual(problem(422, 'url_not_allowed'));
    expect(answer.body.errors).toEqual([{ path: '/webhook/url', message: expect.any(String) }]);
  });
});

describe('a query', () => {
  const mission = createId('mission');
  it.each([
    '/v1/missions?limit=0',
    '/v1/missions?limit=101',
    '/v1/missions?limit=-1',
    '/v1/missions?limit=1.5',
    '/v1/missions?limit=1e2',
    '/v1/missions?limit=0x10',
    '/v1/missions?limit=',
    '/v1/missions?limit=%00',
    '/v1/missions?limit=10&limit=20',
    '/v1/missions?limit[]=10',
    '/v1/missions?sort=id;select%20pg_sleep(10)',
    '/v1/missions?__proto__=x',
    '/v1/missions?constructor=x',
    '/v1/usage?from=0000-01-01',
    '/v1/usage?to=0000-01-01',
    '/v1/dead-letters?createdAfter=0000-01-01T00:00:00Z',
    `/v1/missions/${mission}?verbose=1`,
    `/v1/missions/${mission}/steps?after=-1`,
    `/v1/missions/${mission}/steps?after=2147483648`,
    `/v1/missions/${mission}/events?after=1%20OR%201=1`,
    `/v1/missions/${mission}/events?after=1&cursor=x`,
  ])('%s is not valid', async (path) => {
    expect(problemIn(await api.call('GET', path))).toEqual(problem(422, 'invalid_request'));
  });

  it.each([
    'x',
    '%00',
    'W10',
    'WyJtaXNzaW9ucyIsInoiLCJhYmNkZWYiXQ',
    '%27%20OR%201=1--',
    '..%2f..%2fetc%2fpasswd',
    '',
    'A'.repeat(8_000),
  ])('with the cursor %s is refused', async (cursor) => {
    const journals = ['steps', 'events', 'files'].map((journal) => `/v1/missions/${mission}/${journal}`);
    for (const list of ['/v1/missions', '/v1/approvals', '/v1/events', ...journals]) {
      expect(problemIn(await api.call('GET', `${list}?cursor=${cursor}`))).toEqual(problem(400, 'invalid_cursor'));
    }
  });

  it.each(Object.entries(LISTS))('of %s is refused with a cursor that was forged well', async (name, kind) => {
    const params = { missionId: mission, deliveryId: createId('delivery'), name: 'nobody' };
    const path = addressOf({ path: name.replace('GET ', '') }, params);
    const positions = [...FORGED, ...(FORGED_PLACES[kind] ?? [])];
    const answers = await Promise.all(
      positions.map((position) => api.call('GET', `${path}?cursor=${createCursor(kind, position)}`)),
    );
    expect(answers.map(problemIn)).toEqual(positions.map(() => problem(400, 'invalid_cursor')));
  });
});

describe('an id', () => {
  it.each([
    createId('mission'),
    createId('account'),
    'mis_',
    'mis_0',
    `mis_${'0'.repeat(33)}`,
    `MIS_${'0'.repeat(32)}`,
    `mis_${'G'.repeat(32)}`,
    '__proto__',
    'constructor',
    '123',
    'a:b',
    '{}',
    '*',
    '%27%20OR%201=1--',
    '%00',
    '%0d%0aSet-Cookie:%20x=1',
    '%E2%80%AE',
    'x'.repeat(8_000),
  ])('%s is not found, whatever is asked of it', async (id) => {
    for (const [method, suffix] of [
      ['GET', ''],
      ['GET', '/steps'],
      ['GET', '/events'],
      ['POST', '/cancel'],
    ] as const) {
      expect(problemIn(await api.call(method, `/v1/missions/${id}${suffix}`))).toEqual(problem(404, 'not_found'));
    }
  });
});

describe('a cancel', () => {
  it('takes no fields', async () => {
    const path = `/v1/missions/${createId('mission')}/cancel`;
    expect(problemIn(await api.call('POST', path, { body: { status: 'completed' } }))).toEqual(
      problem(422, 'invalid_request'),
    );
    expect(problemIn(await api.call('POST', path, { raw: 'x' }))).toEqual(problem(400, 'invalid_json'));
    expect(problemIn(await api.call('POST', path, { raw: 'x', headers: { 'content-type': 'text/plain' } }))).toEqual(
      problem(415, 'unsupported_media_type'),
    );
  });
});
