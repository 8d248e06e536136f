import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { isUnsent } from './errors.ts';
import { createTestServers } from './test-servers.ts';

const servers = createTestServers();
const { serve, guard, served } = servers;
afterEach(servers.end);

describe('an outbound request', () => {
  it('sends method, headers and body, and gives status, headers and body back', async () => {
    const { outbound, url, port } = await served(async (request, response) => {
      const { method, headers } = request;
      response.writeHead(201, { 'x-answer': 'yes', 'set-cookie': ['a=1', 'b=2'] });
      response.end(JSON.stringify({ method, headers, body: await text(request) }));
    });
    const answer = await outbound.fetch(`${url}hook?x=1`, {
      method: 'POST',
      headers: { 'Webhook-Id': 'dlv_1', 'content-type': 'application/json' },
      body: '{"ü":1}',
    });
    expect(answer).toMatchObject({
      status: 201,
      headers: { 'x-answer': 'yes', 'set-cookie': 'a=1, b=2' },
      truncated: false,
      url: `http://127.0.0.1:${port}/hook?x=1`,
    });
    expect(JSON.parse(Buffer.from(answer.body).toString())).toMatchObject({
      method: 'POST',
      body: '{"ü":1}',
      headers: { 'webhook-id': 'dlv_1', 'user-agent': 'Flotilla', host: `127.0.0.1:${port}`, 'content-length': '8' },
    });
  });

  it('refuses a private address that plain fetch reaches: the positive control', async () => {
    const port = await serve((_request, response) => void response.end('inside'));
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('inside');
    const outbound = guard({ allowHttp: true, ports: [port] });
    for (const host of ['127.0.0.1', 'localhost', '0x7f.1', '[::ffff:127.0.0.1]', '0']) {
      await expect(outbound.fetch(`http://${host}:${port}/`)).rejects.toMatchObject({ name: 'OutboundRefusedError' });
    }
  });

  it('reaches an origin that the operator has named wherever it lies, and nothing beside it', async () => {
    const port = await serve((request, response) => {
      const location = `http://127.0.0.1:${port}/elsewhere`;
      if (request.url === '/moved') response.writeHead(302, { location }).end();
      else response.end('inside');
    });
    // Of all addresses that are not public, the one that leads to this machine on every system.
    const origin = `http://0.0.0.0:${port}`;
    const outbound = guard({ allowOrigins: [`${origin}/mcp`] });
    expect(Buffer.from((await outbound.fetch(`${origin}/any`)).body).toString()).toBe('inside');
    expect(await outbound.fetch(`${origin}/moved`)).toMatchObject({ status: 302 });
    for (const url of [`http://127.0.0.1:${port}/`, `http://localhost:${port}/`, `https://0.0.0.0:${port}/`]) {
      await expect(outbound.fetch(url)).rejects.toMatchObject({ name: 'OutboundRefusedError' });
    }
    await expect(outbound.fetch(`${origin}/moved`, { redirects: 1 })).rejects.toMatchObject({ reason: 'redirect' });
    await expect(guard({ allowHttp: true, ports: [port] }).fetch(origin)).rejects.toMatchObject({ reason: 'address' });
  });

  it('tells of a named origin that nobody listens at that nothing has left', async () => {
    const port = await serve((_request, response) => void response.end());
    await servers.end();
    const lost: unknown = await guard({ allowOrigins: [`http://127.0.0.1:${port}`] })
      .fetch(`http://127.0.0.1:${port}/`)
      .catch((error: unknown) => error);
    expect(isUnsent(lost)).toBe(true);
    const nowhere = 'http://nobody.invalid:3000';
    const resolve = () => Promise.reject(Object.assign(new Error('not found'), { code: 'ENOTFOUND' }));
    await expect(guard({ allowOrigins: [nowhere], resolve }).fetch(nowhere)).rejects.toMatchObject({
      kind: 'dns',
      isUnsent: true,
    });
  });

  it('refuses a name that resolves inside, and does not say where to', async () => {
    const port = await serve((_request, response) => void response.end('inside'));
    const outbound = guard({
      allowHttp: true,
      ports: [port],
      resolve: () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]),
    });
    await expect(outbound.fetch(`http://rebind.example.com:${port}/`)).rejects.toMatchObject({
      reason: 'address',
      message: 'the host resolves to an address that may not be called',
    });
  });

  it('does not go through a proxy that the environment names', async () => {
    let proxied = 0;
    const proxyPort = await serve((_request, response) => {
      proxied += 1;
      response.end('proxied');
    });
    const before = process.env['http_proxy'];
    process.env['http_proxy'] = `http://127.0.0.1:${proxyPort}`;
    servers.onEnd(() => {
      if (before === undefined) delete process.env['http_proxy'];
      else process.env['http_proxy'] = before;
    });
    const { outbound, url } = await served((_request, response) => void response.end('direct'));
    expect(Buffer.from((await outbound.fetch(url)).body).toString()).toBe('direct');
    expect(proxied).toBe(0);
  });

  it.each(['Host', 'connection', 'Transfer-Encoding', 'content-length', 'upgrade', 'proxy-authorization'])(
    'does not let its caller set %s',
    async (name) => {
      const { outbound, url } = await served((_request, response) => void response.end());
      await expect(outbound.fetch(url, { headers: { [name]: 'x' } })).rejects.toMatchObject({ reason: 'request' });
    },
  );

  it.each([
    { 'x-a': 'b\r\nx-c: d' },
    { 'x a': 'b' },
    { 'x-a\n': 'b' },
    { '': 'b' },
    { 'x-a': '\u0000' },
    { 'x-a': 'ü' },
  ])('does not let its caller smuggle headers: %j', async (headers) => {
    const { outbound, url } = await served((_request, response) => void response.end());
    await expect(outbound.fetch(url, { headers })).rejects.toMatchObject({ reason: 'request' });
  });

  it.each([{ maxBytes: Number.NaN }, { maxBytes: -1 }, { timeoutMs: Number.NaN }, { timeoutMs: 0 }])(
    'does not take a limit that limits nothing: %j',
    async (limits) => {
      const { outbound, url } = await served((_request, response) => void response.end());
      await expect(outbound.fetch(url, limits)).rejects.toBeInstanceOf(RangeError);
    },
  );
});

describe('a failed request', () => {
  it('took too long before the headers', async () => {
    const { outbound, url } = await served(() => {});
    await expect(outbound.fetch(url, { timeoutMs: 60 })).rejects.toMatchObject({ kind: 'timeout' });
  });

  it('took too long within the body, however steadily it dripped', async () => {
    const { outbound, url } = await served((_request, response) => {
      const timer = setInterval(() => response.write('x'), 5);
      response.on('close', () => clearInterval(timer));
    });
    await expect(outbound.fetch(url, { timeoutMs: 100 })).rejects.toMatchObject({ kind: 'timeout' });
  });

  it('took too long in DNS', async () => {
    const outbound = guard({ resolve: () => new Promise(() => {}), connectTimeoutMs: 600_000 });
    await expect(outbound.fetch('https://slow.example.com/', { timeoutMs: 60 })).rejects.toMatchObject({
      kind: 'timeout',
    });
  });

  it('was called off, and says why', async () => {
    const { outbound, url } = await served(() => {});
    const controller = new AbortController();
    const answer = outbound.fetch(url, { signal: controller.signal });
    controller.abort('cancelled');
    await expect(answer).rejects.toMatchObject({ kind: 'aborted', cause: 'cancelled' });
    await expect(outbound.fetch(url, { signal: controller.signal })).rejects.toMatchObject({ kind: 'aborted' });
  });

  it('was not accepted', async () => {
    const port = await serve(() => {});
    await servers.end();
    const outbound = guard({ allowLoopbackPorts: [port] });
    const failure = outbound.fetch(`http://127.0.0.1:${port}/`);
    await expect(failure).rejects.toMatchObject({ kind: 'connect', isUnsent: true });
    await expect(failure.catch(isUnsent)).resolves.toBe(true);
  });

  it('lost its connection, and may have been acted on', async () => {
    const { outbound, url } = await served((request) => void request.socket.destroy());
    const failure = outbound.fetch(url);
    await expect(failure).rejects.toMatchObject({ kind: 'connection_lost', isUnsent: false });
    await expect(failure.catch(isUnsent)).resolves.toBe(false);
  });

  it('was refused before it left, by the guard or for want of an address', async () => {
    const outbound = guard({ resolve: () => Promise.reject(Object.assign(new Error('x'), { code: 'ENOTFOUND' })) });
    for (const url of ['https://10.0.0.1/', 'ftp://example.com/', 'https://gone.example.com/']) {
      await expect(outbound.fetch(url).catch(isUnsent)).resolves.toBe(true);
    }
  });

  it('spoke to something that is not TLS', async () => {
    const { outbound, port } = await served((_request, response) => void response.end());
    await expect(outbound.fetch(`https://127.0.0.1:${port}/`)).rejects.toMatchObject({ kind: 'tls' });
  });

  it('spoke to something that is not HTTP', async () => {
    const { outbound, url } = await served((request) => void request.socket.end('220 smtp ready\r\n'));
    await expect(outbound.fetch(url)).rejects.toMatchObject({ kind: 'bad_response' });
  });
});
