import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';

/** One call of a declared tool as the tool's own server saw it. */
export type SeenToolCall = { path: string; body: string; headers: Record<string, string> };

export type ToolAnswer = { status?: number; headers?: Record<string, string>; body?: string };

export type ToolServer = AsyncDisposable & { port: number; url: string; calls: SeenToolCall[] };

/** A client's own server with tools on it; a witness outside the system. */
export async function startToolServer(
  answer: (call: SeenToolCall) => ToolAnswer | Promise<ToolAnswer>,
): Promise<ToolServer> {
  const calls: SeenToolCall[] = [];

  async function reply(call: SeenToolCall, response: ServerResponse): Promise<void> {
    calls.push(call);
    const { status = 200, headers = { 'content-type': 'application/json' }, body = '{}' } = await answer(call);
    response.writeHead(status, headers).end(body);
  }

  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => {
      body += chunk;
    });
    request.on('end', () => void reply({ path: request.url ?? '', body, headers: plain(request.headers) }, response));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    url: `http://127.0.0.1:${address.port}`,
    calls,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function plain(headers: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}
