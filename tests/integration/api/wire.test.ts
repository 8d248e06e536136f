import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { BODY_MAX_BYTES } from '@flotilla/core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { waitFor } from '../../harness/index.ts';
import { type Api, startApi } from './fixture.ts';

let api: Api;
let rowsBefore: number;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api[Symbol.asyncDispose]());
beforeEach(async () => {
  rowsBefore = await api.countRows();
});
afterEach(async () => {
  await api.checkUnharmed(rowsBefore);
});

type Wire = AsyncDisposable & { socket: Socket; received: () => string; isEnded: () => boolean };

/** A connection on which a test speaks HTTP by hand. */
async function open(): Promise<Wire> {
  const socket = connect({ port: api.port, host: '127.0.0.1', allowHalfOpen: true });
  let received = '';
  let ended = false;
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    received += chunk;
  });
  socket.on('end', () => {
    ended = true;
  });
  socket
    .on('error', () => {})
    .on('close', () => {
      ended = true;
    });
  await new Promise<void>((resolve) => socket.once('connect', resolve));
  return {
    socket,
    received: () => received,
    isEnded: () => ended,
    async [Symbol.asyncDispose]() {
      socket.destroy();
    },
  };
}

const head = (lines: string[]) =>
  ['POST /v1/missions HTTP/1.1', 'Host: x', `Authorization: Bearer ${api.key}`, ...lines, '', ''].join('\r\n');
const JSON_TYPE = 'Content-Type: application/json';

/** Status and code of the problem that comes, however long it takes. */
async function problemOn(wire: Wire): Promise<string> {
  const [, status, code] = await waitFor(
    () => /^HTTP\/1\.1 (\d+) [^]*application\/problem\+json[^]*"code":"(\w+)"/i.exec(wire.received()),
    {
      what: 'a problem',
      timeoutMs: 20_000,
    },
  );
  return `${status} ${code}`;
}

describe('a body too large', () => {
  it('is refused by its Content-Length, before any of it was sent', async () => {
    await using wire = await open();
    wire.socket.write(head([JSON_TYPE, 'Content-Length: 100000000']));
    expect(await problemOn(wire)).toBe('413 body_too_large');
    expect(wire.received()).toMatch(/connection: close/i);
  });

  it('is refused while it comes in, when nobody said how long it is', async () => {
    await using wire = await open();
    wire.socket.write(head([JSON_TYPE, 'Transfer-Encoding: chunked']));
    const chunk = `10000\r\n${'x'.repeat(65_536)}\r\n`;
    for (let sent = 0; sent <= BODY_MAX_BYTES; sent += 65_536) wire.socket.write(chunk);
    expect(await problemOn(wire)).toBe('413 body_too_large');
  });

  it('is refused in a way that reaches a client which is still sending', async () => {
    await using wire = await open();
    wire.socket.write(head([JSON_TYPE, 'Content-Length: 20000000']));
    const block = Buffer.alloc(1_000_000, 'x');
    for (let sent = 0; sent < 20; sent++) wire.socket.write(block);
    expect(await problemOn(wire)).toBe('413 body_too_large');
    await waitFor(wire.isEnded, { what: 'the connection to end' });
  });

  it('is not asked for by 100 Continue', async () => {
    await using wire = await open();
    wire.socket.write(head([JSON_TYPE, 'Content-Length: 100000000', 'Expect: 100-continue']));
    expect(await problemOn(wire)).toBe('413 body_too_large');
    expect(wire.received()).not.toContain('100 Continue');
  });

  it('of an endless stream ends with the connection', async () => {
    await using wire = await open();
    wire.socket.write(head([JSON_TYPE, 'Transfer-Encoding: chunked']));
    const chunk = `10000\r\n${'x'.repeat(65_536)}\r\n`;
    const sending = setInterval(() => wire.socket.writable && wire.socket.write(chunk), 5);
    try {
      expect(await problemOn(wire)).toBe('413 body_too_large');
      await waitFor(wire.isEnded, { what: 'the connection to end', timeoutMs: 15_000 });
    } finally {
      clearInterval(sending);
    }
  });
});

describe('a body that is welcome', () => {
  it('is asked for by 100 Continue', async () => {
    await using wire = await open();
    const body = '{"gaol":"x"}';
    wire.socket.write(head([JSON_TYPE, `Content-Length: ${body.length}`, 'Expect: 100-continue']));
    await waitFor(() => wire.received() !== '', { what: 'an interim answer' });
    expect(wire.received()).toBe('HTTP/1.1 100 Continue\r\n\r\n');
    wire.socket.write(body);
    await waitFor(() => wire.received().includes('"path":"/gaol"'), { what: 'the answer' });
  });

  it('is answered as announced, whatever follows it', async () => {
    await using wire = await open();
    const body = '{"gaol":1}';
    wire.socket.write(`${head([JSON_TYPE, `Content-Length: ${body.length}`])}${body}${'x'.repeat(1_000_000)}`);
    await waitFor(() => wire.received().includes('"path":"/gaol"'), { what: 'the first answer' });
    await waitFor(wire.isEnded, { what: 'the connection to end' });
    expect(wire.received().split('HTTP/1.1').length).toBe(2);
  });

  it('is dropped without a word when its client leaves halfway', async () => {
    await using wire = await open();
    wire.socket.write(`${head([JSON_TYPE, 'Content-Length: 1000'])}{"goal":`);
    await sleep(50);
    wire.socket.destroy();
    await waitFor(() => api.process.output().includes('"cutShort":true'), { what: 'the access log' });
    expect(api.process.output()).not.toContain('a request failed');
  });
});

describe('what is no HTTP', () => {
  it.each([
    ['words', 'hello\r\n\r\n'],
    ['TLS', '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003'],
    ['a version from the future', 'GET /v1/missions HTTP/9.9\r\nHost: x\r\n\r\n'],
    ['no host', 'GET /v1/missions HTTP/1.1\r\n\r\n'],
    ['a line break in a header', 'GET /v1/missions HTTP/1.1\r\nHost: x\r\nX-A: b\rSet-Cookie: c\r\n\r\n'],
    ['a folded header', 'GET /v1/missions HTTP/1.1\r\nHost: x\r\nX-A: b\r\n c\r\n\r\n'],
    ['a blank before the colon', 'GET /v1/missions HTTP/1.1\r\nHost : x\r\n\r\n'],
    ['two lengths', 'POST /v1/missions HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello'],
    [
      'a length and chunks',
      'POST /v1/missions HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['a hidden chunked', 'POST /v1/missions HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: \u000bchunked\r\n\r\n0\r\n\r\n'],
    ['a negative length', 'POST /v1/missions HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n'],
    ['a length in words', 'POST /v1/missions HTTP/1.1\r\nHost: x\r\nContent-Length: five\r\n\r\n'],
    ['a null byte in a header', 'GET /v1/missions HTTP/1.1\r\nHost: x\r\nX-A: b\u0000c\r\n\r\n'],
  ])('is refused and never served: %s', async (_what, text) => {
    await using wire = await open();
    wire.socket.write(Buffer.from(text, 'latin1'));
    await waitFor(() => wire.received() !== '', { what: 'an answer' });
    expect(wire.received()).toMatch(/^HTTP\/1\.1 40[01] /);
    await waitFor(wire.isEnded, { what: 'the connection to end' });
    expect(wire.received().split('HTTP/1.1').length).toBe(2);
  });

  it('has too large a header', async () => {
    await using wire = await open();
    wire.socket.write(`GET /v1/missions HTTP/1.1\r\nHost: x\r\nX-A: ${'a'.repeat(20_000)}\r\n\r\n`);
    expect(await problemOn(wire)).toBe('431 headers_too_large');
  });

  it('has too long a URL, or a key of a megabyte', async () => {
    await using url = await open();
    url.socket.write(`GET /v1/missions?${'a'.repeat(65_536)} HTTP/1.1\r\nHost: x\r\n\r\n`);
    expect(await problemOn(url)).toBe('431 headers_too_large');
    await using key = await open();
    key.socket.write(`GET /v1/missions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${'a'.repeat(1_000_000)}\r\n\r\n`);
    expect(await problemOn(key)).toBe('431 headers_too_large');
  });

  it('wants a tunnel', async () => {
    await using wire = await open();
    wire.socket.write('CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n');
    expect(await problemOn(wire)).toBe('405 method_not_allowed');
    await waitFor(wire.isEnded, { what: 'the connection to end' });
  });
});

describe('a client that dawdles', () => {
  it('over its header is told so and let go', async () => {
    await using wire = await open();
    wire.socket.write('GET /v1/missions HTTP/1.1\r\nHost: x\r\n');
    const dripping = setInterval(() => wire.socket.writable && wire.socket.write('X-A: b\r\n'), 500);
    try {
      expect(await problemOn(wire)).toBe('408 request_timeout');
      await waitFor(wire.isEnded, { what: 'the connection to end' });
    } finally {
      clearInterval(dripping);
    }
  });
});
