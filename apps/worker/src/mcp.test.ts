import { once } from 'node:events';
import { createServer } from 'node:http';
import { createOutbound } from '@flotilla/platform';
import { expect, test } from 'vitest';
import { createWorkerMcp } from './mcp.ts';

/** A server inside, at an address that leads to this machine and that the guard opens to nobody. */
async function createInside() {
  let asked = 0;
  const server = createServer((_request, response) => {
    asked += 1;
    response.writeHead(503).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const url = `http://0.0.0.0:${address.port}/mcp`;
  return {
    url,
    asked: () => asked,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

test('a server that the operator has named may be inside; the same one, brought along by a mission, is not reached', async () => {
  await using inside = await createInside();
  const web = createOutbound({ allowHttp: true, ports: [Number(new URL(inside.url).port)] });
  const mcp = createWorkerMcp({
    servers: [{ name: 'ours', url: inside.url, headers: {} }],
    hide: (text) => text,
    web,
    meters: { toolCalled: () => undefined, traces: { tool: () => ({ end: () => undefined }) }, guard: (tool) => tool },
    logger: { warn: () => undefined },
  });
  const open = async (role: Parameters<typeof mcp.open>[0][number]) => {
    await using opened = await mcp.open([role], new AbortController().signal);
    return [...opened.of(role).values()].map(({ description }) => description);
  };
  const [brought] = await open({ tools: ['mine__*'], declaredTools: [{ name: 'mine__*', mcp: inside.url }] });
  expect(brought).toContain('may not be called');
  expect(inside.asked()).toBe(0);
  await open({ tools: ['ours__*'] });
  expect(inside.asked()).toBeGreaterThan(0);
  await mcp.close();
  web.close();
});
