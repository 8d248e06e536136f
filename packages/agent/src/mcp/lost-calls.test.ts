import { describe, expect, test } from 'vitest';
import { OutcomeUnknownError } from '../outcome-unknown.ts';
import { createConnection } from './connection.ts';
import type { McpFetch } from './server.ts';
import { createHttpStub } from './testing/http-stub.ts';

const refused = Object.assign(new Error('nobody is there'), { isRefused: true });
const isUnsent = (error: unknown) => error === refused;
const failed =
  (status: number, text = '') =>
  async () => ({
    status,
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(text),
    truncated: false,
  });
const error = (code: number) =>
  failed(200, JSON.stringify({ jsonrpc: '2.0', id: 'ID', error: { code, message: 'no' } }));
const NO_SESSION = 'Bad Request: No valid session ID provided';

/** The answer to this request, and not to another. */
function answering(answer: Awaited<ReturnType<McpFetch>>, request: string | null): Awaited<ReturnType<McpFetch>> {
  const { id = null }: { id?: unknown } = JSON.parse(request ?? '{}');
  const body = Buffer.from(answer.body).toString().replace('"ID"', JSON.stringify(id));
  return { ...answer, body: Buffer.from(body) };
}

/** A server that meets the first call of its tool like this. Tells how often it was called, and what for. */
function createScene(first: McpFetch) {
  const { fetch } = createHttpStub(() => ['send']);
  const seen: string[] = [];
  const connection = createConnection(
    { name: 'mail', url: 'https://mail.example/mcp', headers: {} },
    {
      isUnsent,
      async fetch(url, request) {
        const { method = '' }: { method?: string } = JSON.parse(request.body ?? '{}');
        seen.push(method);
        const isFirst = method === 'tools/call' && seen.filter((one) => one === method).length === 1;
        return isFirst ? answering(await first(url, request), request.body) : fetch(url, request);
      },
    },
  );
  const tool = { name: 'send', inputSchema: { type: 'object' as const } };
  return {
    call: (mayRepeat = false) => connection.call({ tool, args: {}, mayRepeat }, AbortSignal.timeout(30_000)),
    calls: () => seen.filter((method) => method === 'tools/call').length,
    connects: () => seen.filter((method) => method === 'initialize').length,
  };
}

describe('a call of a server that', () => {
  test.each<[string, McpFetch]>([
    ['broke off after it had left', () => Promise.reject(new Error('the connection was lost'))],
    ['was answered by a gateway', failed(502, 'bad gateway')],
    ['was answered with an error of the server’s', failed(500, 'internal error')],
    ['was answered with what is too long', async () => ({ ...(await failed(200)()), truncated: true })],
    ['was answered with what is no message', failed(200, '{"what": 1}')],
    ['was answered with what is no JSON', failed(200, '<html>')],
    ['failed within', error(-32_603)],
    ['took too long by its own clock', error(-32_001)],
    ['lost what was behind it', error(-32_000)],
    ['has an error of its own', error(-32_099)],
    ['has an error of its application’s', error(17)],
  ])('%s may have had its effect, and is not made again', async (_, first) => {
    const { call, calls } = createScene(first);
    await expect(call()).rejects.toBeInstanceOf(OutcomeUnknownError);
    expect(calls()).toBe(1);
  });

  test.each<[string, McpFetch, RegExp]>([
    ['was never reached', () => Promise.reject(refused), /^The MCP server mail cannot be reached: nobody is there$/],
    ['refused it', failed(403, 'not you'), /^The MCP server mail refused this: .*not you/],
    ['did not take it', failed(400, 'what is that'), /^The MCP server mail refused this: .*what is that/],
    ['sent it elsewhere', failed(307), /^The MCP server mail refused this/],
    ['could not read it', error(-32_700), /^The MCP server mail refused this: .*no/],
    ['took it for no request', error(-32_600), /^The MCP server mail refused this: .*no/],
    ['has no such method', error(-32_601), /^The MCP server mail refused this: .*no/],
    ['did not take its arguments', error(-32_602), /^The MCP server mail refused this: .*no/],
  ])('%s had no effect, and says so', async (_, first, message) => {
    const { call, calls } = createScene(first);
    const said = call();
    await expect(said).rejects.toThrow(message);
    await expect(said).rejects.not.toBeInstanceOf(OutcomeUnknownError);
    expect(calls()).toBe(1);
  });

  test('had forgotten the session is made again on a new one, since nothing was done', async () => {
    const { call, calls, connects } = createScene(failed(404));
    expect(await call()).toMatchObject({ content: [{ text: 'send of https://mail.example/mcp' }] });
    expect([calls(), connects()]).toEqual([2, 2]);
  });

  test('may have forgotten the session is made again only if that does no harm, and the next call is made on a new one', async () => {
    const strict = createScene(failed(400, NO_SESSION));
    await expect(strict.call()).rejects.toThrow('The MCP server mail refused this');
    expect([strict.calls(), strict.connects()]).toEqual([1, 1]);
    await strict.call();
    expect([strict.calls(), strict.connects()]).toEqual([2, 2]);
    const harmless = createScene(failed(400, NO_SESSION));
    await harmless.call(true);
    expect([harmless.calls(), harmless.connects()]).toEqual([2, 2]);
  });
});
