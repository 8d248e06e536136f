import { createId, WEBHOOK_ENDPOINTS_MAX } from '@flotilla/core';
import { createSecretBox } from '@flotilla/platform';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, problem, problemIn, RECEIVER_URL, startApi } from './fixture.ts';
import { attemptDelivery, endOne, makeEndpoint } from './webhook-steps.ts';

let api: Api;
let strangerKey: string;
beforeAll(async () => {
  api = await startApi();
  strangerKey = (await api.newAccount('stranger')).key;
});
afterAll(() => api[Symbol.asyncDispose]());

const ENDPOINTS = '/v1/webhook-endpoints';
const DELIVERIES = '/v1/webhook-deliveries';
const SECRET = /^whsec_[A-Za-z0-9+/]{43}=$/;

const newEndpoint = (body?: object) => makeEndpoint(api, body);
const endMission = () => endOne(api);
const attempt = (deliveryId: string, responseStatus: number, responseBody?: string) =>
  attemptDelivery(api, { deliveryId, responseStatus, responseBody });

describe('a webhook endpoint', () => {
  it('is made with a secret that is shown once and kept sealed, read, listed, changed and deleted', async () => {
    const made = await api.call('POST', ENDPOINTS, { body: { url: RECEIVER_URL, description: 'ours' } });
    const { id } = made.body;
    expect(made.status).toBe(201);
    expect(made.headers.get('location')).toBe(`${ENDPOINTS}/${id}`);
    const { secret, ...shown } = made.body;
    expect(secret).toMatch(SECRET);
    expect(shown).toEqual({
      id: expect.stringMatching(/^whe_/),
      url: RECEIVER_URL,
      description: 'ours',
      eventTypes: ['mission.completed', 'mission.failed', 'mission.cancelled'],
      forMissions: false,
      enabled: true,
      disabledReason: null,
      disabledAt: null,
      failingSince: null,
      lastDeliveredAt: null,
      quietUntil: null,
      previousSecretExpiresAt: null,
      createdAt: expect.any(String),
      updatedAt: expect.any(String),
    });
    const { rows } = await api.sql.query('SELECT secret FROM webhook_endpoints WHERE id = $1', [id]);
    expect(createSecretBox([api.encryptionKey]).open(rows[0].secret)).toBe(secret);
    expect(JSON.stringify(rows)).not.toContain(String(secret).slice(6));

    const read = await api.call('GET', `${ENDPOINTS}/${id}`);
    expect(read.body).toEqual(shown);
    expect((await api.call('GET', ENDPOINTS)).body.data).toContainEqual(shown);

    const change = { eventTypes: ['approval.requested', 'approval.requested'], enabled: false, description: null };
    const changed = await api.call('PATCH', `${ENDPOINTS}/${id}`, { body: change });
    expect(changed.body).toMatchObject({
      url: RECEIVER_URL,
      eventTypes: ['approval.requested'],
      description: null,
      enabled: false,
      disabledReason: 'by_client',
    });
    const enabled = await api.call('PATCH', `${ENDPOINTS}/${id}`, { body: { enabled: true } });
    expect(enabled.body).toMatchObject({ enabled: true, disabledReason: null, eventTypes: ['approval.requested'] });

    const deleted = await api.call('DELETE', `${ENDPOINTS}/${id}`);
    expect([deleted.status, deleted.text]).toEqual([204, '']);
    for (const method of ['GET', 'DELETE']) {
      expect(problemIn(await api.call(method, `${ENDPOINTS}/${id}`))).toEqual(problem(404, 'not_found'));
    }
    expect((await api.call('GET', ENDPOINTS)).body.data.map((one) => one.id)).not.toContain(id);
  });

  it.each([
    ['no URL', {}, 422, 'invalid_request'],
    ['a private address', { url: 'https://10.0.0.1/' }, 422, 'url_not_allowed'],
    ['metadata of a cloud', { url: 'http://169.254.169.254/latest' }, 422, 'url_not_allowed'],
    ['plain http', { url: 'http://receiver.example/' }, 422, 'url_not_allowed'],
    ['credentials in its URL', { url: 'https://user:word@receiver.example/' }, 422, 'url_not_allowed'],
    ['an event that there is not', { url: RECEIVER_URL, eventTypes: ['mission.exploded'] }, 422, 'invalid_request'],
    ['no event', { url: RECEIVER_URL, eventTypes: [] }, 422, 'invalid_request'],
    ['a secret of its own', { url: RECEIVER_URL, secret: 'whsec_x' }, 422, 'invalid_request'],
    ['somebody’s account', { url: RECEIVER_URL, accountId: 'acc_1' }, 422, 'invalid_request'],
  ])('with %s is refused, and nothing stored', async (...[, body, status, code]) => {
    const before = await api.countRows();
    expect(problemIn(await api.call('POST', ENDPOINTS, { body }))).toEqual(problem(status, code));
    await api.checkUnharmed(before);
  });

  it('cannot be moved to an address that it could not have been made with', async () => {
    const { id } = await newEndpoint();
    const moved = await api.call('PATCH', `${ENDPOINTS}/${id}`, { body: { url: 'https://127.0.0.1/' } });
    expect(problemIn(moved)).toEqual(problem(422, 'url_not_allowed'));
    expect((await api.call('GET', `${ENDPOINTS}/${id}`)).body['url']).toBe(RECEIVER_URL);
  });

  it('is one of so many, and no more', async () => {
    const { key } = await api.newAccount('many');
    const post = () => api.call('POST', ENDPOINTS, { key, body: { url: RECEIVER_URL } });
    for (let made = 0; made < WEBHOOK_ENDPOINTS_MAX; made++) expect((await post()).status).toBe(201);
    expect(problemIn(await post())).toEqual(problem(409, 'too_many_endpoints'));
    const first = await api.call('GET', `${ENDPOINTS}?limit=30`, { key });
    const second = await api.call('GET', `${ENDPOINTS}?limit=30&cursor=${first.body.nextCursor}`, { key });
    expect([first.body.data.length, second.body.data.length, second.body.nextCursor]).toEqual([30, 20, null]);
    await api.call('DELETE', `${ENDPOINTS}/${second.body.data[0]?.id}`, { key });
    expect((await post()).status).toBe(201);
  });
});

describe('a secret', () => {
  it('is rotated: the one before signs beside it for as long as the answer says, and no third', async () => {
    const { id, secret: first } = await newEndpoint({ eventTypes: ['mission.completed'] });
    const rotate = (body?: object) => api.call('POST', `${ENDPOINTS}/${id}/rotate-secret`, body ? { body } : {});
    const rotated = await rotate();
    expect(rotated.status).toBe(200);
    const { secret: second, previousSecretExpiresAt } = rotated.body;
    expect(second).toMatch(SECRET);
    expect(second).not.toBe(first);
    expect(Date.parse(String(previousSecretExpiresAt)) - Date.now()).toBeGreaterThan(86_000_000);

    const { missionId } = await endMission();
    const { body } = await api.call('GET', `${DELIVERIES}?missionId=${missionId}&endpointId=${id}`);
    const claimed = await api.db.deliveries.claim(body.data[0]?.id ?? '');
    const box = createSecretBox([api.encryptionKey]);
    expect(claimed?.sealedSecrets.map((sealed) => box.open(sealed))).toEqual([second, first]);

    const early = await rotate({ previousValidForSeconds: 60 });
    expect(problemIn(early)).toEqual(problem(409, 'secret_rotating'));
    expect(early.body['previousSecretExpiresAt']).toBe(previousSecretExpiresAt);
    const now = await rotate({ previousValidForSeconds: 0 });
    expect(now.body).toMatchObject({ previousSecretExpiresAt: null, secret: expect.stringMatching(SECRET) });
    for (const previousValidForSeconds of [-1, 1.5, 604_801, '1']) {
      expect((await rotate({ previousValidForSeconds })).status).toBe(422);
    }
  });
});

describe('webhook deliveries', () => {
  it('are listed by endpoint, mission and status, read with their attempts, and sent again', async () => {
    const { id: endpointId } = await newEndpoint({ eventTypes: ['mission.completed'] });
    const ended = [await endMission(), await endMission(), await endMission()];
    const list = async (query: string) => {
      const { status, text, body } = await api.call('GET', `${DELIVERIES}?${query}`);
      if (status !== 200) throw new Error(text);
      return body;
    };
    const all = await list(`endpointId=${endpointId}`);
    expect(all.data.map((one) => one['missionId'])).toEqual(ended.map(({ missionId }) => missionId).toReversed());
    const [third, second, first] = all.data.map((one) => one.id);
    await attempt(first ?? '', 204, '');
    await attempt(second ?? '', 500, 'out of order');
    expect((await list(`endpointId=${endpointId}&status=failed`)).data.map((one) => one.id)).toEqual([second]);
    expect((await list(`endpointId=${endpointId}&status=delivered`)).data.map((one) => one.id)).toEqual([first]);
    expect((await list(`missionId=${ended[2]?.missionId}&endpointId=${endpointId}`)).data.map((one) => one.id)).toEqual(
      [third],
    );
    const page = await list(`endpointId=${endpointId}&limit=2`);
    const rest = await list(`endpointId=${endpointId}&limit=2&cursor=${page.nextCursor}`);
    expect([...page.data, ...rest.data].map((one) => one.id)).toEqual([third, second, first]);

    const read = await api.call('GET', `${DELIVERIES}/${second}`);
    expect(read.body).toEqual({
      id: second,
      endpointId,
      missionId: ended[1]?.missionId,
      eventType: 'mission.completed',
      eventSequence: 3,
      status: 'failed',
      failureReason: 'attempts_exhausted',
      attempts: 1,
      nextAttemptAt: null,
      createdAt: expect.any(String),
      finishedAt: expect.any(String),
    });
    const attempts = await api.call('GET', `${DELIVERIES}/${second}/attempts`);
    expect(attempts.body).toEqual({
      data: [
        {
          number: 1,
          startedAt: expect.any(String),
          durationMs: 7,
          responseStatus: 500,
          responseExcerpt: 'out of order',
          error: null,
        },
      ],
      hasMore: false,
      nextCursor: null,
    });

    const again = await api.call('POST', `${DELIVERIES}/${second}/redeliver`);
    expect([again.status, again.body['status'], again.body.id]).toEqual([202, 'pending', second]);
    await attempt(second ?? '', 204, '');
    const both = await api.call('GET', `${DELIVERIES}/${second}/attempts`);
    expect(both.body.data.map((one) => [one['number'], one['responseStatus']])).toEqual([
      [1, 500],
      [2, 204],
    ]);
  });

  it('that failed are recovered from a moment on, counted, and those before it left', async () => {
    const { id: endpointId } = await newEndpoint({ eventTypes: ['mission.completed'] });
    await endMission();
    await endMission();
    const { body } = await api.call('GET', `${DELIVERIES}?endpointId=${endpointId}`);
    for (const { id } of body.data) await attempt(id, 500);
    const [newer] = body.data;
    const recover = (since: unknown) => api.call('POST', `${ENDPOINTS}/${endpointId}/recover`, { body: { since } });
    const recovered = await recover(newer?.['createdAt']);
    expect([recovered.status, recovered.body]).toEqual([202, { recovered: 1, hasMore: false }]);
    expect((await recover('2026-01-01T00:00:00Z')).body).toEqual({ recovered: 1, hasMore: false });
    expect((await recover('2026-01-01T00:00:00Z')).body).toEqual({ recovered: 0, hasMore: false });
    for (const since of ['yesterday', 5, null]) expect((await recover(since)).status).toBe(422);

    await api.call('PATCH', `${ENDPOINTS}/${endpointId}`, { body: { enabled: false } });
    const { id } = body.data[0] ?? { id: '' };
    for (const path of [`${DELIVERIES}/${id}/redeliver`, `${ENDPOINTS}/${endpointId}/recover`]) {
      const answer = await api.call('POST', path, { body: { since: '2026-01-01T00:00:00Z' } });
      expect(problemIn(answer)).toEqual(problem(409, 'endpoint_disabled'));
    }
    // Nobody can enable what is no more.
    await api.call('DELETE', `${ENDPOINTS}/${endpointId}`);
    const deleted = await api.call('POST', `${DELIVERIES}/${id}/redeliver`);
    expect(problemIn(deleted)).toEqual(problem(409, 'endpoint_deleted'));
  });

  it('of a test tell what came of it', async () => {
    const { id: endpointId } = await newEndpoint();
    const test = await api.call('POST', `${ENDPOINTS}/${endpointId}/test`);
    expect(test.status).toBe(202);
    expect(test.headers.get('location')).toBe(`${DELIVERIES}/${test.body.id}`);
    expect(test.body).toMatchObject({ eventType: 'webhook_endpoint.test', missionId: null, endpointId });
    // Whoever asks again meanwhile is shown the same.
    expect((await api.call('POST', `${ENDPOINTS}/${endpointId}/test`)).body).toEqual(test.body);
    await attempt(test.body.id, 204, '');
    expect((await api.call('GET', `${DELIVERIES}/${test.body.id}`)).body).toMatchObject({ status: 'delivered' });
  });

  it.each(['status=exploded', 'endpointId=mis_1', 'missionId=1', 'cursor=x', 'cursor=', 'limit=0', 'until=now'])(
    'are not listed by %s',
    async (query) => {
      expect((await api.call('GET', `${DELIVERIES}?${query}`)).body).toMatchObject({
        code: expect.stringMatching(/^invalid_(request|cursor)$/),
      });
    },
  );
});

describe('a stranger', () => {
  it('learns nothing of an endpoint or its deliveries, and does nothing to them', async () => {
    const { id: endpointId } = await newEndpoint({ eventTypes: ['mission.completed'] });
    const { missionId } = await endMission();
    const { body } = await api.call('GET', `${DELIVERIES}?endpointId=${endpointId}`);
    const deliveryId = body.data[0]?.id ?? '';
    const rows = async () =>
      (
        await api.sql.query(
          `SELECT to_jsonb(w) AS w, (SELECT jsonb_agg(to_jsonb(d) ORDER BY d.id) FROM deliveries d WHERE d.endpoint_id = w.id)
           FROM webhook_endpoints w WHERE w.id = $1`,
          [endpointId],
        )
      ).rows;
    const before = await rows();
    const routes: [method: string, path: (ids: { endpoint: string; delivery: string }) => string, body?: object][] = [
      ['GET', ({ endpoint }) => `${ENDPOINTS}/${endpoint}`],
      ['PATCH', ({ endpoint }) => `${ENDPOINTS}/${endpoint}`, { enabled: false }],
      ['DELETE', ({ endpoint }) => `${ENDPOINTS}/${endpoint}`],
      ['POST', ({ endpoint }) => `${ENDPOINTS}/${endpoint}/rotate-secret`],
      ['POST', ({ endpoint }) => `${ENDPOINTS}/${endpoint}/test`],
      ['POST', ({ endpoint }) => `${ENDPOINTS}/${endpoint}/recover`, { since: '2026-01-01T00:00:00Z' }],
      ['GET', ({ delivery }) => `${DELIVERIES}/${delivery}`],
      ['GET', ({ delivery }) => `${DELIVERIES}/${delivery}/attempts`],
      ['POST', ({ delivery }) => `${DELIVERIES}/${delivery}/redeliver`],
    ];
    const unknown = { endpoint: createId('endpoint'), delivery: createId('delivery') };
    for (const [method, path, sent] of routes) {
      const options = { key: strangerKey, ...(sent && { body: sent }) };
      const foreign = await api.call(method, path({ endpoint: endpointId, delivery: deliveryId }), options);
      const absent = await api.call(method, path(unknown), options);
      expect(problemIn(foreign)).toEqual(problem(404, 'not_found'));
      expect(foreign.body['detail']).toBe(absent.body['detail']);
    }
    for (const query of ['', `?endpointId=${endpointId}`, `?missionId=${missionId}`]) {
      const { body: listed } = await api.call('GET', `${DELIVERIES}${query}`, { key: strangerKey });
      expect(listed.data).toEqual([]);
    }
    expect((await api.call('GET', ENDPOINTS, { key: strangerKey })).body.data).toEqual([]);
    expect(await rows()).toEqual(before);
  });
});
