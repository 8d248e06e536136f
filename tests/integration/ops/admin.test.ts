import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../../harness/index.ts';
import { type Api, startApi } from '../api/fixture.ts';
import { ADMIN_KEY, callOps } from './call-ops.ts';
import { opsUrlOf } from './ops.ts';

type BoardQueues = { queues: { name: string; readOnlyMode: boolean; jobs: { data: { missionId?: string } }[] }[] };

let api: Api;
let url: string;

beforeAll(async () => {
  api = await startApi(async (env) => ({ ...env, OPS_PORT: '0', FLOTILLA_ADMIN_KEY: ADMIN_KEY }));
  url = await opsUrlOf(api.process);
});

afterAll(() => api[Symbol.asyncDispose]());

describe("the API's operators' port", () => {
  it('wants the admin key for all of /admin, exactly it, once, and says nothing of what is there', async () => {
    const strangers = [
      { key: null },
      { key: '' },
      { key: `${ADMIN_KEY}x` },
      { key: ADMIN_KEY.slice(1) },
      { key: api.key },
      { key: null, headers: { authorization: `Basic ${ADMIN_KEY}` } },
      { key: null, headers: { authorization: [`Bearer ${ADMIN_KEY}`, 'Bearer other'] } },
    ];
    for (const path of ['/admin/audit', '/admin/workers', '/admin/pools', '/admin/accounts', '/admin/nothing']) {
      for (const stranger of strangers) {
        expect(await callOps(`${url}${path}`, stranger)).toMatchObject({
          status: 401,
          contentType: 'application/problem+json',
        });
      }
    }
    expect(
      (await callOps(`${url}/admin/pools/default`, { ...strangers[0], method: 'POST', body: { paused: true } })).status,
    ).toBe(401);
    expect(JSON.parse((await callOps(`${url}/admin/pools`)).text).pools[0].pausedAt).toBeNull();
    expect((await callOps(`${url}/admin/nothing`)).status).toBe(404);
    expect((await callOps(`${url}/admin/audit`, { method: 'POST' })).status).toBe(405);
  });

  it('shows the queues to a browser that has the key, for looking only, and with files of its own alone', async () => {
    const board = `${url}/admin/board`;
    const basic = (password: string) => ({
      key: null,
      headers: { authorization: `Basic ${Buffer.from(`anybody:${password}`).toString('base64')}` },
    });
    const stranger = await callOps(board, { key: null });
    expect(stranger).toMatchObject({ status: 401, headers: { 'www-authenticate': expect.stringMatching(/^Basic /) } });
    expect((await callOps(board, basic(`${ADMIN_KEY}x`))).status).toBe(401);
    // A browser sends such a key along unasked: nothing that changes anything takes it.
    expect((await callOps(`${url}/admin/pools`, basic(ADMIN_KEY))).status).toBe(401);

    const page = await callOps(board, basic(ADMIN_KEY));
    expect(page).toMatchObject({ status: 200, contentType: 'text/html; charset=utf-8' });
    expect(page.headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'");
    expect(page.text).toContain('<base href="/admin/board/"');
    expect(page.text).not.toMatch(/<%|(?:src|href)="(?:https?:)?\/\//);
    const files = [...page.text.matchAll(/(?:src|href)="(static\/[^"]+)"/g)].map(([, file]) => file);
    expect(files.length).toBeGreaterThan(2);
    for (const file of files) expect((await callOps(`${board}/${file}`)).status).toBe(200);
    expect((await callOps(`${board}/static/../package.json`)).status).toBe(404);
    expect((await callOps(`${board}/queue/missions-default`)).text).toBe(page.text);

    const missionId = await api.post();
    const queues: BoardQueues = await waitFor(
      async () => {
        const read: BoardQueues = JSON.parse(
          (await callOps(`${board}/api/queues?activeQueue=missions-default&status=latest&page=1&jobsPerPage=10`)).text,
        );
        return read.queues[0]?.jobs.some(({ data }) => data.missionId === missionId) ? read : undefined;
      },
      { what: 'its bell to be shown' },
    );
    expect(queues.queues.map(({ name, readOnlyMode }) => ({ name, readOnlyMode }))).toEqual([
      { name: 'missions-default', readOnlyMode: true },
      { name: 'deliveries', readOnlyMode: true },
    ]);
    for (const path of [
      'pause',
      'missions-default/pause',
      'missions-default/empty',
      `missions-default/${missionId}-1/retry`,
    ]) {
      expect((await callOps(`${board}/api/queues/${path}`, { method: 'PUT' })).status).toBe(405);
    }
    expect((await callOps(`${board}/api/nothing`)).status).toBe(404);
  });

  it('has no /admin without a key of its own, and no port unless asked for one', async () => {
    const keyless = await api.startProcess({ FLOTILLA_ADMIN_KEY: '' });
    const keylessUrl = await opsUrlOf(keyless);
    expect((await callOps(`${keylessUrl}/admin/audit`)).status).toBe(404);
    expect((await callOps(`${keylessUrl}/admin/board`)).status).toBe(404);
    expect((await callOps(`${keylessUrl}/metrics`, { key: null })).status).toBe(200);
    const silent = await api.startProcess({ OPS_PORT: '' });
    expect(silent.output()).not.toContain('ops listening');
  });

  it('is not to be reached through the public port', async () => {
    for (const path of ['/metrics', '/admin/audit', '/admin/workers', '/admin/pools', '/admin/accounts']) {
      expect((await api.call('GET', path, { key: ADMIN_KEY })).status).toBe(404);
      expect((await api.call('GET', path)).status).toBe(404);
    }
  });

  it('says alive and ready to whoever reaches it', async () => {
    expect((await callOps(`${url}/healthz`, { key: null })).status).toBe(200);
    const ready = await callOps(`${url}/readyz`, { key: null });
    expect(ready.status).toBe(200);
    expect(JSON.parse(ready.text).checks.database).toBe('ok');
  });

  it('does not start with a key that can be guessed', async () => {
    await expect(api.startProcess({ FLOTILLA_ADMIN_KEY: 'short' })).rejects.toThrow(
      /FLOTILLA_ADMIN_KEY must be at least 24/,
    );
  });

  it('answers the audit with 200, and with 409 and the place when somebody has been in the database', async () => {
    const missionId = await api.post();
    const clean = await callOps(`${url}/admin/audit`);
    expect(clean.status).toBe(200);
    const { violations, findings } = JSON.parse(clean.text);
    expect(violations).toBe(0);
    expect(findings.length).toBeGreaterThan(10);

    await api.sql.query('UPDATE missions SET event_sequence = 99 WHERE id = $1', [missionId]);
    const [first, second] = await Promise.all([callOps(`${url}/admin/audit`), callOps(`${url}/admin/audit`)]);
    expect(first.status).toBe(409);
    expect(second.text).toBe(first.text);
    const broken: { violations: number; findings: { count: number }[] } = JSON.parse(first.text);
    expect(broken.violations).toBe(1);
    expect(broken.findings.filter(({ count }) => count > 0)).toEqual([
      { name: 'events_not_gapless', rule: expect.any(String), count: 1, examples: [missionId] },
    ]);
  });

  it('makes pools, and refuses what is none', async () => {
    const pools = `${url}/admin/pools`;
    const post = (name: string, body: unknown) => callOps(`${pools}/${name}`, { method: 'POST', body });
    expect((await post('gpu', { paused: true })).status).toBe(404);
    expect(JSON.parse((await post('gpu', { create: true })).text)).toEqual({
      name: 'gpu',
      createdAt: expect.any(String),
      pausedAt: null,
    });
    expect(JSON.parse((await post('gpu', { create: true, paused: true })).text).pausedAt).toEqual(expect.any(String));
    expect(JSON.parse((await post('gpu', { paused: false })).text).pausedAt).toBeNull();
    for (const body of [undefined, {}, { create: false }, { paused: 'yes' }, { drop: true }, []]) {
      expect((await post('gpu', body)).status).toBe(422);
    }
    expect((await post('GPU!', { create: true })).status).toBe(422);
    expect((await post('gpu', 'x'.repeat(20_000))).status).toBe(413);
    const listed: { pools: { name: string }[] } = JSON.parse((await callOps(pools)).text);
    expect(listed.pools.map(({ name }) => name)).toEqual(['default', 'gpu']);
  });

  it('makes accounts, changes their tiers, limits and retention, and shuts them out', async () => {
    const accounts = `${url}/admin/accounts`;
    const post = async (path: string, body: unknown) => {
      const { status, text } = await callOps(`${accounts}${path}`, { method: 'POST', body });
      const read: { id: string; apiKey: string; webhookSecret: string; disabledAt: unknown } = JSON.parse(text);
      return { status, body: read };
    };
    const name = 'Acme & Söhne';
    const at = `/${encodeURIComponent(name)}`;
    const made = await post('', { name, tier: 'paid' });
    const facts = {
      name,
      tier: 'paid',
      maxRunning: 10,
      maxQueued: 100_000,
      running: 0,
      retentionDays: 30,
      disabledAt: null,
    };
    expect(made).toMatchObject({
      status: 201,
      body: { ...facts, id: expect.stringMatching(/^acc_/), webhookSecret: expect.stringMatching(/^whsec_/) },
    });
    const { id, apiKey, webhookSecret, ...shown } = made.body;
    expect((await api.call('GET', '/v1/api-keys', { key: apiKey })).status).toBe(200);
    expect(JSON.parse((await callOps(`${accounts}${at}`)).text)).toEqual({ id, ...shown });
    expect((await callOps(`${accounts}/${id}`)).status).toBe(200);
    expect((await post('', { name })).status).toBe(409);
    expect(api.process.output()).not.toContain(webhookSecret.slice(6));
    expect(api.process.output()).not.toContain(apiKey.slice(17, 40));

    expect((await post(at, { maxRunning: 3, retentionDays: 7 })).body).toMatchObject({
      maxRunning: 3,
      retentionDays: 7,
    });
    expect((await post(at, { tier: 'free' })).body).toMatchObject({ tier: 'free', maxRunning: 1, maxQueued: 10_000 });
    expect((await post(at, { tier: 'paid', maxRunning: 2 })).body).toMatchObject({ maxRunning: 2, maxQueued: 100_000 });
    expect((await post(at, { disabled: true })).body.disabledAt).toEqual(expect.any(String));
    await waitFor(async () => (await api.call('GET', '/v1/missions', { key: apiKey })).status === 401, {
      what: 'the disabled account to be shut out',
    });
    expect((await post(at, { disabled: false })).body.disabledAt).toBeNull();

    const names = async (query: string) => {
      const page: { accounts: { name: string }[] } = JSON.parse((await callOps(`${accounts}${query}`)).text);
      return page.accounts.map((account) => account.name);
    };
    expect(await names('')).toEqual([name, 'test']);
    expect(await names(`?after=${encodeURIComponent(name)}`)).toEqual(['test']);
    for (const body of [
      {},
      { name: '' },
      { name: 'acc_1' },
      { name: 'x', tier: 'gold' },
      { name: 'x', maxRunning: 0 },
    ]) {
      expect((await post('', body)).status).toBe(422);
    }
    expect((await post(at, { running: 5 })).status).toBe(422);
    expect((await post('/nobody', { tier: 'paid' })).status).toBe(404);
    expect((await callOps(`${accounts}/%zz`)).status).toBe(404);
  });
});
