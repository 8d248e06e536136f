import { createId } from '@flotilla/core';
import { createSecretBox } from '@flotilla/platform';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../../harness/index.ts';
import { type Api, claim, problem, problemIn, RECEIVER_URL, startApi } from './fixture.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api[Symbol.asyncDispose]());

const SECRET = /^whsec_[A-Za-z0-9+/]{43}=$/;

const tool = {
  name: 'stock',
  description: 'Tells how many there are',
  inputSchema: { type: 'object', properties: { article: { type: 'string' } } },
};
const https = { ...tool, name: 'buy', url: 'https://shop.example/buy', needsApproval: true };

const post = (body: object) => api.call('POST', '/v1/missions', { body: { goal: 'x', ...body } });
const put = (body: object) =>
  api.call('PUT', '/v1/agents/shopper', { body: { model: 'sim/demo', instructions: 'Shop.', ...body } });

describe('tools that an agent or a mission brings along', () => {
  it('are stored and shown as they were declared, and handed on to roles that name them', async () => {
    const tools = ['calculator', tool, https];
    const chain = [{ instructions: 'Look.', tools: ['stock'] }, { instructions: 'Buy.' }];
    const { status, body } = await post({ tools, chain });
    expect(status).toBe(202);
    const mission = (await api.call('GET', `/v1/missions/${body.id}`)).body;
    expect(mission).toMatchObject({
      tools: ['calculator', 'stock', 'buy'],
      declaredTools: [tool, https],
      chain: [
        { tools: ['stock'], declaredTools: [tool] },
        { tools: ['calculator', 'stock', 'buy'], declaredTools: [tool, https] },
      ],
      asks: [],
    });
    const { rows } = await api.sql.query(`SELECT spec_version FROM missions WHERE id = $1`, [body.id]);
    // A worker of the version before would tell the model that there are no such tools.
    expect(rows).toEqual([{ spec_version: 2 }]);
  });

  it('come with the agent that a mission names, and with a fork that changes nothing of them', async () => {
    expect(await put({ tools: [tool, 'calculator'] })).toMatchObject({
      status: 201,
      body: { definition: { tools: [tool, 'calculator'] } },
    });
    const { id } = (await post({ agent: 'shopper' })).body;
    expect((await api.call('GET', `/v1/missions/${id}`)).body).toMatchObject({ declaredTools: [tool] });
    const fork = (patch: object) => api.call('POST', `/v1/missions/${id}/fork`, { body: { step: 0, patch } });
    expect((await fork({ goal: 'y' })).body).toMatchObject({ tools: ['stock', 'calculator'], declaredTools: [tool] });
    expect((await fork({ tools: ['stock'] })).body).toMatchObject({ tools: ['stock'], declaredTools: [tool] });
    expect((await fork({ tools: ['calculator'] })).body).toMatchObject({ tools: ['calculator'], declaredTools: [] });
    expect(await fork({ tools: ['buy'] })).toMatchObject({ status: 422, body: { code: 'unknown_tool' } });
    const other = { ...https, url: 'http://10.0.0.1/' };
    expect(await fork({ tools: [other] })).toMatchObject({ status: 422, body: { code: 'url_not_allowed' } });
  });

  it.each<[string, object, { path: string; message: string }]>([
    ['neither a name nor a tool', { tools: [7] }, { path: '/tools/0', message: 'must be a string or an object' }],
    [
      'a built-in tool’s name',
      { tools: [{ ...tool, name: 'shell' }] },
      { path: '/tools/0/name', message: 'is the name of a built-in tool' },
    ],
    [
      'a server by a name that could not begin a tool’s',
      { tools: [{ name: 'Docs__*', mcp: 'https://docs.example/mcp' }] },
      { path: '/tools/0/name', message: 'must be server__tool, or server__* for all tools of the server' },
    ],
    [
      'two addresses of a server',
      {
        tools: [
          { name: 'docs__a', mcp: 'https://docs.example/mcp' },
          { name: 'docs__b', mcp: 'https://example.com/mcp' },
        ],
      },
      { path: '/tools/1/mcp', message: 'is another address of the same server' },
    ],
    [
      'a server that is trusted and is not',
      {
        tools: [
          { name: 'docs__a', mcp: 'https://docs.example/mcp', trustAnnotations: true },
          { name: 'docs__b', mcp: 'https://docs.example/mcp' },
        ],
      },
      { path: '/tools/1/trustAnnotations', message: 'is said otherwise of the same server' },
    ],
    [
      'a name twice',
      { tools: [tool, tool] },
      { path: '/tools/1/name', message: 'is the name of another tool of this list' },
    ],
    [
      'no description',
      { tools: [{ ...tool, description: undefined }] },
      { path: '/tools/0/description', message: 'is required' },
    ],
    [
      'a schema with what is not understood',
      { tools: [{ ...tool, inputSchema: { type: 'object', properties: { a: { pattern: '.' } } } }] },
      { path: '/tools/0/inputSchema/properties/a/pattern', message: 'is not a known field' },
    ],
    [
      'a time limit of nobody’s call',
      { tools: [{ ...tool, timeoutMs: 5 }] },
      { path: '/tools/0/timeoutMs', message: 'is only for a tool with a url' },
    ],
  ])('are refused with %s, at the POST and at the PUT, with the exact place', async (_, body, error) => {
    const rows = await api.countRows();
    for (const answer of [await post(body), await put(body)]) {
      expect(answer).toMatchObject({ status: 422, body: { code: 'invalid_request', errors: [error] } });
    }
    await api.checkUnharmed(rows);
  });

  it.each([
    ['http://shop.example/', 'scheme'],
    ['https://127.0.0.1/', 'address'],
    ['https://169.254.169.254/latest', 'address'],
    ['https://user:word@shop.example/', 'credentials'],
    ['https://shop.example:22/', 'port'],
    ['file:///etc/passwd', 'scheme'],
    ['no address', 'url'],
  ])('are refused at %s', async (url, reason) => {
    const rows = await api.countRows();
    const tools = ['calculator', { ...https, url }];
    const at = (path: string) => ({ status: 422, body: { code: 'url_not_allowed', reason, errors: [{ path }] } });
    expect(await post({ tools })).toMatchObject(at('/tools/1/url'));
    expect(await put({ tools })).toMatchObject(at('/tools/1/url'));
    const chain = [{ instructions: 'Buy.', tools }];
    expect(await post({ chain })).toMatchObject(at('/chain/0/tools/1/url'));
    await api.checkUnharmed(rows);
  });
});

describe('the tools of an MCP server', () => {
  const docs = { name: 'docs__*', mcp: 'https://docs.example/mcp' };

  it('may be named once it is brought along, and are judged by its address', async () => {
    const { status, body } = await post({ tools: [docs], chain: [{ instructions: 'x', tools: ['docs__search'] }] });
    expect(status).toBe(202);
    expect((await api.call('GET', `/v1/missions/${body.id}`)).body).toMatchObject({
      tools: ['docs__*'],
      declaredTools: [docs],
      chain: [{ tools: ['docs__search'], declaredTools: [docs] }],
    });
    const unknown = { status: 422, body: { code: 'unknown_tool', errors: [{ path: '/tools/0' }] } };
    expect(await post({ tools: ['docs__search'] })).toMatchObject(unknown);
    expect(await post({ tools: ['wiki__search', { ...docs, name: 'wiki__other' }] })).toMatchObject(unknown);
    const inside = { status: 422, body: { code: 'url_not_allowed', errors: [{ path: '/tools/0/mcp' }] } };
    expect(await put({ tools: [{ ...docs, mcp: 'https://10.0.0.1/mcp' }] })).toMatchObject(inside);
  });
});

describe('tools that the workers have loaded', () => {
  it('may be named as soon as a worker has told of them, and for a day after the last one has gone', async () => {
    const register = (tools: string[]) => {
      const id = createId('worker');
      return api.db.lease.register({ id, hostname: 'h', version: '1', pools: ['default'], slots: 1, tools });
    };
    const refused = { status: 422, body: { code: 'unknown_tool', errors: [{ path: '/tools/1' }] } };
    expect(await post({ tools: ['calculator', 'sail'] })).toMatchObject(refused);
    await register(['sail', 'anchor']);
    const accepted = () => post({ tools: ['calculator', 'sail'] });
    const { body } = await waitFor(
      async () => {
        const answer = await accepted();
        return answer.status === 202 ? answer : undefined;
      },
      { timeoutMs: 6_000, what: 'the tool to be known' },
    );
    expect((await api.call('GET', `/v1/missions/${body.id}`)).body).toMatchObject({ tools: ['calculator', 'sail'] });
    expect((await put({ tools: ['anchor'] })).status).toBe(201);
    const unknown = await post({ tools: ['anchor', 'oar'] });
    expect(unknown).toMatchObject(refused);
    expect(unknown.body['allowed']).toEqual(expect.arrayContaining(['calculator', 'sail', 'anchor']));

    await api.sql.query(`UPDATE workers SET stopped_at = now(), lease_expires_at = now() - interval '23 hours'`);
    await api.db.sweep.forgetWorkers();
    expect(await api.db.workers.fleetTools()).toEqual(['anchor', 'sail']);
    await api.sql.query(`UPDATE workers SET lease_expires_at = now() - interval '25 hours'`);
    await api.db.sweep.forgetWorkers();
    expect(await api.db.workers.fleetTools()).toEqual([]);
  });
});

describe('the secret of an account', () => {
  it('is rotated as an endpoint’s is, and signs missions’ webhooks that bring none, and calls of their tools', async () => {
    const { accountId, key } = await api.newAccount('rotates');
    const box = createSecretBox([api.encryptionKey]);
    const open = (sealed: readonly string[] = []) => sealed.map((one) => box.open(one));
    const rotate = (body?: object) =>
      api.call('POST', '/v1/account/rotate-webhook-secret', { key, ...(body && { body }) });
    /** With what calls of a mission's tools are signed, and then its end. */
    const signing = async (webhook: object) => {
      const missionId = (await api.call('POST', '/v1/missions', { key, body: { goal: 'x', webhook } })).body.id;
      const tools = open((await api.db.missions.signing(missionId)).sealedSecrets);
      const left = await api.db.lease.leave({ ...(await claim(api, missionId)), status: 'completed', output: '' });
      const [deliveryId = ''] = left === 'fenced' ? [] : left.deliveryIds;
      return { tools, end: open((await api.db.deliveries.claim(deliveryId))?.sealedSecrets) };
    };
    const stored = async () =>
      (
        await api.sql.query<{ secret: string }>('SELECT webhook_secret AS secret FROM accounts WHERE id = $1', [
          accountId,
        ])
      ).rows[0]?.secret ?? '';
    const [first] = open([await stored()]);

    const rotated = await rotate();
    expect(rotated.status).toBe(200);
    const { secret: second, previousSecretExpiresAt } = rotated.body;
    expect(second).toMatch(SECRET);
    expect(Date.parse(String(previousSecretExpiresAt)) - Date.now()).toBeGreaterThan(86_000_000);
    expect(await stored()).not.toContain(String(second).slice(6));
    expect(open([await stored()])).toEqual([second]);
    const url = RECEIVER_URL;
    expect(await signing({ url: `${url}?1` })).toEqual({ tools: [second, first], end: [second, first] });
    // Who brought a secret is told under that alone: nobody there knows the account's.
    const own = `whsec_${Buffer.alloc(24, 1).toString('base64')}`;
    expect(await signing({ url: `${url}?2`, secret: own })).toEqual({ tools: [second, first, own], end: [own] });

    const early = await rotate({ previousValidForSeconds: 60 });
    expect(problemIn(early)).toEqual(problem(409, 'secret_rotating'));
    expect(early.body['previousSecretExpiresAt']).toBe(previousSecretExpiresAt);
    const { body } = await rotate({ previousValidForSeconds: 0 });
    expect(body).toEqual({ secret: expect.stringMatching(SECRET), previousSecretExpiresAt: null });
    expect(await signing({ url: `${url}?3` })).toEqual({ tools: [body['secret']], end: [body['secret']] });
    for (const previousValidForSeconds of [-1, 1.5, 604_801, '1']) {
      expect((await rotate({ previousValidForSeconds })).status).toBe(422);
    }

    const endpoint = await api.call('POST', '/v1/webhook-endpoints', { key, body: { url } });
    const test = await api.call('POST', `/v1/webhook-endpoints/${endpoint.body.id}/test`, { key });
    expect(open((await api.db.deliveries.claim(test.body.id))?.sealedSecrets)).toEqual([endpoint.body['secret']]);
    expect((await api.call('GET', '/v1/account', { key })).text).not.toMatch(/secret/i);
    for (const secret of [second, body['secret']]) {
      expect(api.process.output()).not.toContain(String(secret).slice(6));
    }
  });
});
