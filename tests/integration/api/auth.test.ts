import { connect } from 'node:net';
import { crc32 } from 'node:zlib';
import { API_KEY_CACHE_MS, createApiKey, parseApiKey } from '@flotilla/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../../harness/index.ts';
import { type Api, startApi } from './fixture.ts';
import { fill, type MountedRoute, mountedRoutes, openPaths } from './mounted-routes.ts';
import { unknownParams } from './params.ts';

let api: Api;
let routes: MountedRoute[];
beforeAll(async () => {
  api = await startApi();
  routes = mountedRoutes(api).map(({ method, path }) => ({ method, path: fill(path, unknownParams()) }));
});
afterAll(() => api[Symbol.asyncDispose]());

const BODY = { goal: 'x' };
const FIXED_ID = { 'x-request-id': 'fixed' };

/** Another secret behind the prefix of a real key: only the hash can tell it apart. */
function forgeUnder(prefix: string): string {
  const body = `${prefix}${createApiKey().key.slice(prefix.length, -7)}`;
  const key = `${body}_${checksumOf(body)}`;
  if (!parseApiKey(key)) throw new Error('the forged key is not well-formed');
  return key;
}

/** The checksum is no secret; whoever forges a key can compute it as well. */
function checksumOf(body: string): string {
  const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
  let value = crc32(body);
  let text = '';
  for (let place = 0; place < 6; place++) {
    text = alphabet.charAt(value % 62) + text;
    value = Math.floor(value / 62);
  }
  return text;
}

describe('without a key', () => {
  it('there is health and the document, and nothing else', () => {
    expect(openPaths(api)).toEqual(['/healthz', '/readyz', '/openapi.json', '/docs', '/docs/style.css']);
    expect(routes.length).toBeGreaterThan(30);
  });
});

describe('one and the same 401', () => {
  it('is given for a missing, unknown, wrong, revoked and expired key, and for one of a disabled account', async () => {
    const revoked = await api.newKey(api.accountId);
    await api.sql.query('UPDATE api_keys SET revoked_at = now() WHERE prefix = $1', [revoked.slice(0, 16)]);
    const expired = await api.newKey(api.accountId);
    await api.sql.query("UPDATE api_keys SET expires_at = now() - interval '1 s' WHERE prefix = $1", [
      expired.slice(0, 16),
    ]);
    const disabled = await api.newAccount('disabled');
    await api.sql.query('UPDATE accounts SET disabled_at = now() WHERE id = $1', [disabled.accountId]);

    const before = await api.countRows();
    const bodies = new Set<string>();
    for (const key of [
      null,
      'nonsense',
      createApiKey().key,
      forgeUnder(api.key.slice(0, 16)),
      revoked,
      expired,
      disabled.key,
    ]) {
      const answer = await api.call('POST', '/v1/missions', { key, body: BODY, headers: FIXED_ID });
      expect(answer.status).toBe(401);
      bodies.add(answer.text);
    }
    expect(bodies.size).toBe(1);
    expect(await api.countRows()).toBe(before);
  });
});

describe('a header that is nearly right', () => {
  const variants: [string, (key: string) => Record<string, string>][] = [
    ['an empty header', () => ({ authorization: '' })],
    ['the scheme alone', () => ({ authorization: 'Bearer' })],
    ['the scheme and blanks', () => ({ authorization: 'Bearer    ' })],
    ['the key alone', (key) => ({ authorization: key })],
    ['a scheme in lower case', (key) => ({ authorization: `bearer ${key}` })],
    ['a scheme in capitals', (key) => ({ authorization: `BEARER ${key}` })],
    ['Basic', (key) => ({ authorization: `Basic ${Buffer.from(`${key}:`).toString('base64')}` })],
    ['two keys joined by a comma', (key) => ({ authorization: `Bearer ${key}, Bearer ${key}` })],
    ['two blanks', (key) => ({ authorization: `Bearer  ${key}` })],
    ['quotes', (key) => ({ authorization: `Bearer "${key}"` })],
    ['a key without its checksum', (key) => ({ authorization: `Bearer ${key.slice(0, -7)}` })],
    ['the prefix only', (key) => ({ authorization: `Bearer ${key.slice(0, 16)}` })],
    ['the hash for a key', (key) => ({ authorization: `Bearer ${parseApiKey(key)?.hash.toString('hex')}` })],
    ['a key in other case', (key) => ({ authorization: `Bearer ${key.toUpperCase()}` })],
    ['something after the key', (key) => ({ authorization: `Bearer ${key}x` })],
    ['a look-alike letter', (key) => ({ authorization: `Bearer ${key.replace('fl_', 'f\u00ec_')}` })],
    ['another header', (key) => ({ 'x-api-key': key })],
    ['a proxy’s header', (key) => ({ 'proxy-authorization': `Bearer ${key}` })],
    ['a cookie', (key) => ({ cookie: `authorization=Bearer ${key}` })],
    ['headers that proxies trust', () => ({ 'x-forwarded-for': '127.0.0.1', 'x-forwarded-user': 'admin' })],
  ];

  it.each(variants)('does not let anyone into any route: %s', async (_what, headersOf) => {
    const headers = headersOf(api.key);
    for (const { method, path } of routes) {
      const { status, body } = await api.call(method, path, { key: null, headers });
      expect({ method, path, status, code: body.code }).toEqual({ method, path, status: 401, code: 'unauthenticated' });
    }
  });

  // What a parser might read in two ways, with no valid key or one too many.
  const raw: [string, (line: string, key: string) => string, string][] = [
    ['two headers', (line, key) => `${line} HTTP/1.1\r\nHost: x\r\n${auth(key)}${auth(key)}\r\n`, '401'],
    [
      'an array in the name',
      (line, key) => `${line} HTTP/1.1\r\nHost: x\r\nAuthorization[]: Bearer ${key}\r\n\r\n`,
      '400',
    ],
    [
      'a folded header',
      (line, key) => `${line} HTTP/1.1\r\nHost: x\r\nAuthorization:\r\n Bearer ${key}\r\n\r\n`,
      '400',
    ],
    [
      'a blank before the colon',
      (line, key) => `${line} HTTP/1.1\r\nHost: x\r\nAuthorization : Bearer ${key}\r\n\r\n`,
      '400',
    ],
    ['a null character', (line, key) => `${line} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\0\r\n\r\n`, '400'],
    ['an old version without a host', (line) => `${line} HTTP/1.0\r\n\r\n`, '401'],
    [
      'two lengths',
      (line, key) =>
        `${line} HTTP/1.1\r\nHost: x\r\n${auth(key)}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      '400',
    ],
    [
      'a strange encoding',
      (line, key) => `${line} HTTP/1.1\r\nHost: x\r\n${auth(key)}Transfer-Encoding: \x0bchunked\r\n\r\n`,
      '400',
    ],
    ['bare line feeds', (line, key) => `${line} HTTP/1.1\nHost: x\nAuthorization: Bearer ${key}\n\n`, '400'],
  ];

  it.each(raw)('does not let anyone into any route: %s', async (_what, textOf, status) => {
    for (const { method, path } of routes) {
      const found = await rawStatus(textOf(`${method} ${path}`, api.key));
      expect({ method, path, status: found }).toEqual({ method, path, status });
    }
  });

  it('does not let anyone in: a key in the query or in the body', async () => {
    for (const query of [
      `api_key=${api.key}`,
      `key=${api.key}`,
      `access_token=${api.key}`,
      `authorization=Bearer%20${api.key}`,
    ]) {
      expect((await api.call('GET', `/v1/missions?${query}`, { key: null })).status).toBe(401);
    }
    expect((await api.call('POST', '/v1/missions', { key: null, body: { ...BODY, api_key: api.key } })).status).toBe(
      401,
    );
    await waitFor(() => api.process.output().includes('"status":401'), { what: 'the access log' });
    expect(api.process.output()).not.toContain(api.key.slice(0, 24));
  });
});

/** Ways to write an address that something in front of us, or we, might take for the address itself. */
const SPELLINGS: ((path: string) => string)[] = [
  (path) => `/${path}`,
  (path) => path.replace('/v1/', '/v1//'),
  (path) => path.replace('/v1/', '/v1/./'),
  (path) => path.replace('/v1/', '/v1/%2e%2e/v1/'),
  (path) => path.replace('/v1/', '/V1/'),
  (path) => `${path}/`,
  (path) => `${path}%2f`,
  (path) => `${path};jsessionid=1`,
  (path) => `${path}..;/`,
  (path) => `${path}%00`,
  (path) => `${path}?#`,
];

describe('a second spelling of an address', () => {
  it('lets nobody into any route without a key, whatever the method that stands beside it', async () => {
    const headers = {
      'x-original-url': '/healthz',
      'x-rewrite-url': '/healthz',
      'x-http-method-override': 'GET',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-user': 'admin',
    };
    for (const { method, path } of routes) {
      for (const spell of SPELLINGS) {
        const { status } = await api.call(method, spell(path), { key: null, headers });
        expect([400, 401, 404, 405], `${method} ${spell(path)}`).toContain(status);
      }
      for (const other of ['HEAD', 'OPTIONS', 'TRACE']) {
        expect([401, 405], `${other} ${path}`).toContain((await api.call(other, path, { key: null })).status);
      }
    }
  });

  it.each([
    '//v1/missions',
    '/v1//missions',
    '/v1/./missions',
    '/v1/../v1/missions',
    '/v1/missions/',
    '/V1/Missions',
    '/v1/missions%2f..%2fadmin',
    '/v1/%2e%2e/v1/missions',
    '/v1/missions;jsessionid=1',
    '/v1/missions..;/',
    '/v1/missions%00',
    '/v1/missions%20',
    '/v1%2fmissions',
    '/admin',
    '/',
    '*',
  ])('%s is nobody’s', async (path) => {
    const answer = await api.call('GET', path, {
      headers: { 'x-original-url': '/v1/missions', 'x-rewrite-url': '/v1/missions' },
    });
    expect(answer.status).toBe(404);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
  });

  it('that cannot be decoded is malformed', async () => {
    const answer = await api.call('GET', '/v1/missions/%zz');
    expect(answer.status).toBe(400);
    expect(answer.body.code).toBe('malformed_request');
  });

  it('in absolute form needs a key like any other', async () => {
    expect((await api.call('GET', `${api.url}/v1/missions`, { key: null })).status).toBe(401);
  });
});

describe('a method', () => {
  it.each([
    ['PUT', '/v1/missions', 'POST, GET, HEAD'],
    ['DELETE', '/v1/missions', 'POST, GET, HEAD'],
    ['OPTIONS', '/v1/missions', 'POST, GET, HEAD'],
    ['TRACE', '/v1/missions', 'POST, GET, HEAD'],
    ['PATCH', '/v1/missions/x', 'GET, HEAD, DELETE'],
    ['POST', '/v1/missions/x', 'GET, HEAD, DELETE'],
    ['GET', '/v1/missions/x/cancel', 'POST'],
    ['POST', '/healthz', 'GET, HEAD'],
    ['OPTIONS', '/readyz', 'GET, HEAD'],
  ])('%s of %s is refused with what is allowed', async (method, path, allow) => {
    const answer = await api.call(method, path, { key: null });
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe(allow);
    expect(answer.body.code).toBe('method_not_allowed');
  });

  it('is not taken from anywhere but the request line', async () => {
    const before = await api.countRows();
    const headers = { 'x-http-method-override': 'POST', 'x-method-override': 'POST' };
    expect((await api.call('GET', '/v1/missions', { headers })).status).toBe(200);
    expect((await api.call('GET', '/v1/missions?_method=POST')).status).toBe(422);
    expect(await api.countRows()).toBe(before);
  });
});

describe('a key check', () => {
  it('refuses a revoked key once what is remembered of it is too old', async () => {
    const key = await api.newKey(api.accountId);
    expect((await api.call('GET', '/v1/missions', { key })).status).toBe(200);
    await api.sql.query('UPDATE api_keys SET revoked_at = now() WHERE prefix = $1', [key.slice(0, 16)]);
    await waitFor(async () => (await api.call('GET', '/v1/missions', { key })).status === 401, {
      what: 'the revoked key to be refused',
      timeoutMs: 2 * API_KEY_CACHE_MS,
    });
  });
});

function auth(key: string): string {
  return `Authorization: Bearer ${key}\r\n`;
}

/** The status code of a request as it stands. */
function rawStatus(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(api.port, '127.0.0.1', () => socket.write(text));
    socket.once('data', (chunk) => {
      resolve(chunk.toString('latin1').slice(9, 12));
      socket.destroy();
    });
    socket.once('error', reject).once('close', () => resolve('closed'));
  });
}
