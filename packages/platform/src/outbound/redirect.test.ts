import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { followRedirect, type Hop } from './redirect.ts';
import { createTestServers, type Handle } from './test-servers.ts';

const servers = createTestServers();
afterEach(servers.end);

/** As many servers as handlers, all of them reachable through one guard. */
async function serveAll(...handles: readonly Handle[]) {
  const ports = await Promise.all(handles.map(servers.serve));
  const outbound = servers.guard({ allowHttp: true, allowLoopbackPorts: ports });
  return { outbound, urls: ports.map((port) => `http://127.0.0.1:${port}/`) };
}

const redirectTo =
  (location: string, status = 302): Handle =>
  (_request, response) => {
    response.writeHead(status, { location }).end('moved');
  };

/** Answers with what it was sent. */
const echo: Handle = async (request, response) => {
  const { method, headers, url } = request;
  response.end(JSON.stringify({ method, headers, url, body: await text(request) }));
};

const open = {
  allowHttp: true,
  allowLoopbackPorts: new Set<number>(),
  allowOrigins: new Set<string>(),
  ports: new Set([80, 443]),
};

const seen = ({ body }: { body: Uint8Array }) => JSON.parse(Buffer.from(body).toString());

describe('a redirect', () => {
  it.each([301, 302, 303, 307, 308])('%i is an answer like any other when none is to be followed', async (status) => {
    const { outbound, urls } = await serveAll(redirectTo('http://169.254.169.254/', status));
    const answer = await outbound.fetch(urls[0] ?? '', { method: 'POST', body: 'x' });
    expect(answer).toMatchObject({ status, headers: { location: 'http://169.254.169.254/' } });
  });

  it.each([301, 302, 303, 307, 308])('%i is never followed inside', async (status) => {
    for (const location of [
      'http://127.0.0.1:1/',
      'http://localhost/',
      'http://169.254.169.254/latest/meta-data/',
      'http://2130706433/',
      'http://[::ffff:10.0.0.1]/',
      '//10.0.0.1/',
      'http:\\\\127.0.0.1\\',
      'file:///etc/passwd',
      'gopher://example.com/',
      'http://user:pass@example.com/',
      'http://example.com:22/',
      'http://',
    ]) {
      const { outbound, urls } = await serveAll(redirectTo(location, status));
      await expect(outbound.fetch(urls[0] ?? '', { redirects: 3 })).rejects.toMatchObject({
        name: 'OutboundRefusedError',
        reason: 'redirect',
      });
    }
  });

  it('is followed as often as asked, and no more', async () => {
    const { outbound, urls } = await serveAll((request, response) => {
      const left = Number(request.url?.slice(1));
      if (left === 0) response.end('arrived');
      else response.writeHead(302, { location: `/${left - 1}` }).end();
    });
    const arrived = await outbound.fetch(`${urls[0]}3`, { redirects: 3 });
    expect(arrived).toMatchObject({ status: 200, url: `${urls[0]}0` });
    await expect(outbound.fetch(`${urls[0]}4`, { redirects: 3 })).rejects.toMatchObject({ kind: 'too_many_redirects' });
    await expect(outbound.fetch(`${urls[0]}2`, { redirects: 1 })).rejects.toMatchObject({ kind: 'too_many_redirects' });
  });

  it('is followed only where its caller will have it, and is an answer like any other elsewhere', async () => {
    const asked: string[] = [];
    const { outbound, urls } = await serveAll((request, response) => {
      if (request.url === '/last') response.end('arrived');
      else response.writeHead(302, { location: request.url === '/' ? '/next' : '/last' }).end('moved');
    });
    const [url = ''] = urls;
    const answer = await outbound.fetch(url, { redirects: 3, mayFollow: (to) => asked.push(to) < 2 });
    expect(asked).toEqual([`${url}next`, `${url}last`]);
    expect(answer).toMatchObject({ status: 302, url: `${url}next`, headers: { location: '/last' } });
    expect(Buffer.from(answer.body).toString()).toBe('moved');
  });

  it('carries no credential to another origin, by whatever name', async () => {
    let target = '';
    const { outbound, urls } = await serveAll((request, response) => redirectTo(target)(request, response), echo);
    target = urls[1] ?? '';
    const headers = {
      Authorization: 'Bearer x',
      Cookie: 'a=1',
      'X-Api-Key': 'x',
      'webhook-signature': 'v1,x',
      Accept: 'text/html',
    };
    const across = seen(await outbound.fetch(urls[0] ?? '', { headers, redirects: 1 }));
    expect(across.headers).toMatchObject({ accept: 'text/html', 'user-agent': 'Flotilla' });
    for (const name of ['authorization', 'cookie', 'x-api-key', 'webhook-signature']) {
      expect(across.headers).not.toHaveProperty(name);
    }
  });

  it('keeps the headers within the origin', async () => {
    const { outbound, urls } = await serveAll((request, response) => {
      void (request.url === '/' ? redirectTo('/there') : echo)(request, response);
    });
    const within = seen(await outbound.fetch(urls[0] ?? '', { headers: { authorization: 'Bearer x' }, redirects: 1 }));
    expect(within).toMatchObject({ url: '/there', headers: { authorization: 'Bearer x' } });
  });

  it.each([
    [301, 'GET', ''],
    [302, 'GET', ''],
    [303, 'GET', ''],
    [307, 'POST', '{}'],
    [308, 'POST', '{}'],
  ])('%i turns a POST into a %s', async (status, method, body) => {
    const { outbound, urls } = await serveAll((request, response) => {
      void (request.url === '/' ? redirectTo('/there', status) : echo)(request, response);
    });
    const headers = { 'content-type': 'application/json' };
    expect(
      seen(await outbound.fetch(urls[0] ?? '', { method: 'POST', headers, body: '{}', redirects: 1 })),
    ).toMatchObject({
      method,
      body,
    });
  });

  it('does not lead from anywhere else to the local port that is open', () => {
    const policy = { ...open, allowLoopbackPorts: new Set([4_567]) };
    const hop: Hop = { url: new URL('http://example.com/'), method: 'GET', headers: {}, body: null };
    expect(() => followRedirect({ hop, status: 302, location: 'http://127.0.0.1:4567/', policy })).toThrow(
      'may not be called',
    );
  });

  it('does not lead from anywhere else to an origin that the operator has named', () => {
    const policy = { ...open, allowOrigins: new Set(['http://mcp.tools.svc:3000']) };
    const from = (url: string): Hop => ({ url: new URL(url), method: 'GET', headers: {}, body: null });
    const follow = (hop: Hop) =>
      followRedirect({ hop, status: 302, location: 'http://mcp.tools.svc:3000/x', policy }).url.href;
    expect(() => follow(from('http://example.com/'))).toThrow('may not be called');
    expect(follow(from('http://mcp.tools.svc:3000/mcp'))).toBe('http://mcp.tools.svc:3000/x');
  });

  it('does not lead from https to http', () => {
    const hop: Hop = { url: new URL('https://example.com/'), method: 'GET', headers: {}, body: null };
    expect(() => followRedirect({ hop, status: 302, location: 'http://example.com/', policy: open })).toThrow(
      'from https to http',
    );
    expect(followRedirect({ hop, status: 302, location: '/x', policy: open }).url.href).toBe('https://example.com/x');
  });
});
