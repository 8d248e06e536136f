import { describe, expect, it } from 'vitest';
import { waitFor } from '../../harness/index.ts';
import { startApi } from './fixture.ts';

const CANARY = 'canary';

type Request = { method: string; route: string; missionId?: string };

describe('the log', () => {
  it('holds no key, secret, goal, header, query or password, whatever goes right or wrong', async () => {
    await using api = await startApi(async (env) => ({ ...env, LOG_LEVEL: 'debug' }));
    const secret = `whsec_${Buffer.from(`${CANARY}-of-thirty-two-bytes-here`).toString('base64')}`;
    const webhook = { url: `http://127.0.0.1:4199/${CANARY}-path?token=${CANARY}-query`, secret };
    const body = { goal: `${CANARY}-goal`, metadata: { password: `${CANARY}-metadata` }, webhook };
    const headers = { cookie: `session=${CANARY}-cookie`, 'x-secret': `${CANARY}-header` };

    const id = (await api.call('POST', '/v1/missions', { body, headers })).body.id;
    await api.call('GET', `/v1/missions/${id}`);
    await api.call('GET', `/v1/missions?api_key=${CANARY}-query`);
    await api.call('GET', `/${CANARY}-path`, { key: null });
    await api.call('POST', '/v1/missions', { raw: `{"goal": ${CANARY}-broken` });
    await api.call('POST', '/v1/missions', { body: { [`${CANARY}-field`]: 1 } });
    await api.call('POST', '/v1/missions', { body: { goal: 'x', webhook: { url: `https://${CANARY}:pw@10.0.0.1/` } } });
    await api.call('GET', '/v1/missions', { key: `${api.key.slice(0, -1)}x` });
    await api.call('GET', '/v1/missions', { headers: { 'x-request-id': `a\u00e9 ${CANARY}-id` } });
    // An error of the database that nobody foresaw, with everything a driver would put into it.
    await api.sql.query('ALTER TABLE missions RENAME TO moved');
    const failed = await api.call('POST', '/v1/missions', { body });
    expect(failed.status).toBe(500);
    expect(failed.body).toMatchObject({ code: 'internal', detail: expect.not.stringContaining('missions') });
    expect((await api.call('GET', `/v1/missions/${id}`)).status).toBe(500);
    await api.sql.query('ALTER TABLE moved RENAME TO missions');
    expect((await api.call('POST', '/v1/missions', { body })).status).toBe(202);

    await waitFor(() => api.process.output().includes(failed.body.requestId), { what: 'the failure to be logged' });
    expect((await api.process.stop()).code).toBe(0);
    const output = api.process.output();
    expect(output).toContain('a request failed');
    const password = new URL(api.databaseUrl).password;
    for (const hidden of [CANARY, api.key, api.key.slice(17, 40), secret.slice(6), api.encryptionKey, password]) {
      expect(hidden.length).toBeGreaterThan(3);
      expect(output).not.toContain(hidden);
    }
  });

  it('has one line for each request: which, by whom, about what, how it ended, how long it took', async () => {
    await using api = await startApi();
    const { body } = await api.call('POST', '/v1/missions', { body: { goal: 'x' } });
    await api.call('GET', `/v1/missions/${body.id}/events`);
    await api.call('GET', `/v1/missions/${body.id}0`);
    const { headers } = await api.call('GET', '/v1/missions?limit=5');
    const requestId = headers.get('x-request-id') ?? '';
    const all = () => api.process.output().split('\n');
    const requests = (): Request[] =>
      all().flatMap((line) => (line.includes('"route"') && line.endsWith('}') ? JSON.parse(line) : []));
    await waitFor(() => requests().length === 4, { what: 'the lines' });
    const missions = requests().map(({ method, route, missionId }) => [`${method} ${route}`, missionId]);
    expect(Object.fromEntries(missions)).toEqual({
      'POST /v1/missions': body.id,
      'GET /v1/missions/:missionId/events': body.id,
      'GET /v1/missions/:missionId': undefined,
      'GET /v1/missions': undefined,
    });
    const lines = all().filter((line) => line.includes(requestId));
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      at: expect.any(String),
      level: 'info',
      service: 'api',
      message: 'request',
      method: 'GET',
      route: '/v1/missions',
      status: 200,
      ms: expect.any(Number),
      requestId,
      accountId: api.accountId,
    });
  });
});
