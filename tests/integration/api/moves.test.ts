import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clockAheadBy } from '../../harness/index.ts';
import { type Api, claim, problem, problemIn, RECEIVER_URL, startApi } from './fixture.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api[Symbol.asyncDispose]());

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

describe('POST /v1/missions/:id/pause and /resume', () => {
  it('hold a queued mission back and let it go on, however often they are called', async () => {
    const id = await api.post();
    for (const _ of [1, 2]) {
      const paused = await api.call('POST', `/v1/missions/${id}/pause`);
      expect(paused.status).toBe(200);
      expect(paused.body).toMatchObject({ status: 'queued', statusReason: { code: 'paused' } });
      expect(paused.body['pausedAt']).toMatch(TIME);
    }
    for (const _ of [1, 2]) {
      const resumed = await api.call('POST', `/v1/missions/${id}/resume`);
      expect(resumed.body).toMatchObject({ status: 'queued', statusReason: null, pausedAt: null });
    }
    expect(await claim(api, id)).toMatchObject({ attempt: 1 });
  });

  it('answer 409 for a mission that has ended', async () => {
    const id = await api.post();
    await api.call('POST', `/v1/missions/${id}/cancel`);
    for (const verb of ['pause', 'resume']) {
      const answer = await api.call('POST', `/v1/missions/${id}/${verb}`);
      expect(answer.body).toMatchObject({ status: 409, code: 'mission_ended', missionStatus: 'cancelled' });
    }
  });
});

describe('POST /v1/missions/:id/cancel', () => {
  it('ends a queued mission at once', async () => {
    const id = await api.post();
    const answer = await api.call('POST', `/v1/missions/${id}/cancel`);
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ id, status: 'cancelled', statusReason: { code: 'cancelled_by_client' } });
  });

  it('asks a running one, as often as it is called', async () => {
    const id = await api.post();
    const running = await claim(api, id);
    const first = await api.call('POST', `/v1/missions/${id}/cancel`, { body: {} });
    const second = await api.call('POST', `/v1/missions/${id}/cancel`);
    expect([first.status, second.status]).toEqual([202, 202]);
    expect(second.body).toMatchObject({ status: 'running', cancelRequestedAt: first.body.cancelRequestedAt });
    expect(first.body.cancelRequestedAt).toMatch(TIME);
    await api.db.lease.leave({ ...running, status: 'completed', output: 'too late' });
    expect((await api.call('GET', `/v1/missions/${id}`)).body).toMatchObject({ status: 'cancelled', output: null });
  });

  it('answers 409 with the final status when it comes too late', async () => {
    const id = await api.post();
    await api.db.lease.leave({ ...(await claim(api, id)), status: 'completed', output: 'done' });
    const answer = await api.call('POST', `/v1/missions/${id}/cancel`);
    expect(answer.status).toBe(409);
    expect(answer.body).toMatchObject({ code: 'mission_ended', missionStatus: 'completed', status: 409 });
  });

  it('owes the webhook of a mission that it ended', async () => {
    const id = await api.post({ goal: 'x', webhook: { url: RECEIVER_URL } });
    await api.call('POST', `/v1/missions/${id}/cancel`);
    const { rows } = await api.sql.query('SELECT event_type FROM deliveries WHERE mission_id = $1', [id]);
    expect(rows).toEqual([{ event_type: 'mission.cancelled' }]);
  });
});

describe('the endpoint of a mission’s own webhook', () => {
  const ENDPOINTS = '/v1/webhook-endpoints';

  it('that wants no more is named by no further mission until it is enabled again, and a mission says that it is not', async () => {
    const { accountId } = api;
    const webhook = { url: `${RECEIVER_URL}?gone` };
    const id = await api.db.endpoints.ensureForMission({ accountId, ...webhook, secret: null, secretHash: '' });
    await api.sql.query(`UPDATE webhook_endpoints SET disabled_at = now(), disabled_reason = 'gone' WHERE id = $1`, [
      id,
    ]);
    const post = () => api.call('POST', '/v1/missions', { body: { goal: 'x', webhook } });
    const refused = await post();
    expect(problemIn(refused)).toEqual(problem(409, 'endpoint_disabled'));
    expect(refused.body).toMatchObject({ endpointId: id, detail: expect.stringContaining(`PATCH ${ENDPOINTS}/${id}`) });
    const batch = await api.call('POST', '/v1/missions/batch', {
      body: { missions: [{ goal: 'x', webhook }, { goal: 'x' }] },
    });
    expect(batch.body.data.map((one) => one['status'])).toEqual([409, 202]);

    const listed = await api.call('GET', `${ENDPOINTS}?forMissions=true`);
    expect(listed.body.data).toContainEqual(expect.objectContaining({ id, enabled: false, disabledReason: 'gone' }));
    expect(listed.body.data.every((one) => one['forMissions'] === true)).toBe(true);
    expect((await api.call('GET', ENDPOINTS)).body.data).toEqual([]);
    await api.call('PATCH', `${ENDPOINTS}/${id}`, { body: { enabled: true } });

    const posted = await post();
    expect([posted.status, posted.body['webhook']]).toEqual([202, { ...webhook, endpointId: id, enabled: true }]);
    await api.sql.query('UPDATE webhook_endpoints SET disabled_at = now() WHERE id = $1', [id]);
    const read = await api.call('GET', `/v1/missions/${posted.body.id}`);
    expect(read.body['webhook']).toEqual({ ...webhook, endpointId: id, enabled: false });
  });

  it('is read and enabled again like the others, and is the missions’ in all else', async () => {
    const webhook = { url: `${RECEIVER_URL}?of-missions` };
    const { body } = await api.call('POST', '/v1/missions', { body: { goal: 'x', webhook } });
    const { endpointId: id } = Object(body['webhook']);
    expect((await api.call('GET', `${ENDPOINTS}/${id}`)).body).toMatchObject({ forMissions: true, eventTypes: [] });
    expect((await api.call('PATCH', `${ENDPOINTS}/${id}`, { body: { enabled: true } })).status).toBe(200);
    const moved = await api.call('PATCH', `${ENDPOINTS}/${id}`, { body: { url: RECEIVER_URL } });
    expect(problemIn(moved)).toEqual(problem(422, 'invalid_request'));
    for (const answer of [
      await api.call('DELETE', `${ENDPOINTS}/${id}`),
      await api.call('POST', `${ENDPOINTS}/${id}/rotate-secret`),
    ]) {
      expect(problemIn(answer)).toEqual(problem(422, 'invalid_request'));
      expect(answer.body.errors.map(({ path }) => path)).toEqual(['/endpointId']);
    }
    expect((await api.call('GET', `${ENDPOINTS}/${id}`)).status).toBe(200);
  });
});

it('counts a delay by the database’s clock, however wrong the API’s own is', async () => {
  const other = await api.startProcess(clockAheadBy(-660_000));
  const asked = {
    method: 'POST',
    headers: { authorization: `Bearer ${api.key}`, 'content-type': 'application/json' },
  };
  const body = JSON.stringify({ goal: 'x', delay: 600 });
  const answer = await fetch(`${other.ready[1]}/v1/missions`, { ...asked, body });
  const { rows } = await api.sql.query(
    `SELECT extract(epoch FROM run_after - created_at)::float8 AS seconds, status_code AS code, rings
     FROM missions WHERE id = $1`,
    [Object(await answer.json()).id],
  );
  expect(rows).toEqual([{ seconds: 600, code: 'delayed', rings: 0 }]);
});
