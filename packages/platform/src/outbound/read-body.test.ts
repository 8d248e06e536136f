import { brotliCompressSync, constants, deflateSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { createTestServers } from './test-servers.ts';

const servers = createTestServers();
const { served } = servers;
afterEach(servers.end);

describe('a response body', () => {
  it.each([
    ['gzip', gzipSync],
    ['br', brotliCompressSync],
    ['deflate', deflateSync],
  ] as const)('is decoded from %s', async (encoding, compress) => {
    const { outbound, url } = await served((_request, response) => {
      response.writeHead(200, { 'content-encoding': encoding }).end(compress('hello'));
    });
    const { body, headers } = await outbound.fetch(url);
    expect(Buffer.from(body).toString()).toBe('hello');
    expect(headers).not.toHaveProperty('content-encoding');
  });

  it.each([
    [9, false],
    [10, false],
    [11, true],
  ])('of %i bytes under a cap of 10 is truncated: %s', async (size, truncated) => {
    const { outbound, url } = await served((_request, response) => void response.end('x'.repeat(size)));
    const answer = await outbound.fetch(url, { maxBytes: 10 });
    expect(answer.truncated).toBe(truncated);
    expect(answer.body.length).toBe(Math.min(size, 10));
  });

  it('is cut at the cap while it still streams, and the server is let go', async () => {
    const { promise: letGo, resolve } = Promise.withResolvers<void>();
    const { outbound, url } = await served((_request, response) => {
      const timer = setInterval(() => response.write('x'.repeat(1_000)), 1);
      response.on('close', () => {
        clearInterval(timer);
        resolve();
      });
    });
    const { body, truncated } = await outbound.fetch(url, { maxBytes: 5_500 });
    expect(truncated).toBe(true);
    expect(body.length).toBe(5_500);
    await letGo;
  });

  it.each([
    ['gzip', gzipSync],
    // Quality 11, the default, takes seconds.
    ['br', (bomb: Buffer) => brotliCompressSync(bomb, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } })],
  ] as const)('that is a %s bomb is cut at the cap of decompressed bytes', async (encoding, compress) => {
    const bomb = compress(Buffer.alloc(16 * 1_048_576));
    const { outbound, url } = await served((_request, response) => {
      response.writeHead(200, { 'content-encoding': encoding }).end(bomb);
    });
    const { body, truncated } = await outbound.fetch(url, { maxBytes: 100_000 });
    expect(truncated).toBe(true);
    expect(body.length).toBe(100_000);
  });

  it('that takes in without end and gives nothing is cut too', async () => {
    const empty = gzipSync('');
    const { outbound, url } = await served((_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' });
      const members = Buffer.concat(Array.from({ length: 1_000 }, () => empty));
      const timer = setInterval(() => response.write(members), 1);
      response.on('close', () => clearInterval(timer));
    });
    expect(await outbound.fetch(url, { maxBytes: 10 })).toMatchObject({ truncated: true });
  });

  it.each([
    [200, 'HEAD'],
    [204, 'GET'],
    [304, 'GET'],
    [200, 'GET'],
  ] as const)('may be absent though an encoding is announced (%i %s)', async (status, method) => {
    const { outbound, url } = await served((_request, response) => {
      response.writeHead(status, { 'content-encoding': 'gzip' }).end();
    });
    expect(await outbound.fetch(url, { method })).toMatchObject({ status, truncated: false });
  });

  it.each([
    ['not what its encoding says', { 'content-encoding': 'gzip' }],
    ['of an encoding nobody asked for', { 'content-encoding': 'compress' }],
  ])('%s is a bad response', async (_what, headers) => {
    const { outbound, url } = await served(
      (_request, response) => void response.writeHead(200, headers).end('plain text'),
    );
    await expect(outbound.fetch(url)).rejects.toMatchObject({ name: 'OutboundFailedError', kind: 'bad_response' });
  });

  it('that nobody wants decoded is asked for plain, and given as it came whatever it says of itself', async () => {
    const asked: unknown[] = [];
    const packed = gzipSync('hello');
    const answers = [
      { encoding: 'gzip', sent: packed },
      { encoding: 'gzip', sent: Buffer.from('plain text') },
      { encoding: 'UTF-8', sent: Buffer.from('plain text') },
    ];
    const { outbound, url } = await served((request, response) => {
      asked.push(request.headers['accept-encoding']);
      const { encoding, sent } = answers[asked.length - 1] ?? { encoding: '', sent: packed };
      response.writeHead(200, { 'content-encoding': encoding }).end(sent);
    });
    for (const { encoding, sent } of answers) {
      const { headers, body, truncated } = await outbound.fetch(url, { decode: false });
      expect({ encoding: headers['content-encoding'], truncated }).toEqual({ encoding, truncated: false });
      expect(Buffer.from(body)).toEqual(sent);
    }
    expect(asked).toEqual(['identity', 'identity', 'identity']);
    expect(await outbound.fetch(url, { decode: false, maxBytes: 10 })).toMatchObject({ truncated: true });
  });
});
