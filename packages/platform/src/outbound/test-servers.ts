import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createOutbound, type Outbound, type OutboundOptions } from './outbound.ts';

export type Handle = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/** Local servers and guards of one test, and their end. */
export function createTestServers() {
  const closers: (() => Promise<void> | void)[] = [];
  let opened = 0;

  async function serve(handle: Handle): Promise<number> {
    const server = createServer((request, response) => void handle(request, response)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    server.on('connection', () => (opened += 1));
    closers.push(() => {
      server.closeAllConnections();
      server.close();
    });
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('the server has no port');
    return address.port;
  }

  function guard(options: OutboundOptions = {}): Outbound {
    const outbound = createOutbound(options);
    closers.push(() => outbound.close());
    return outbound;
  }

  return {
    serve,
    guard,
    /** A server behind a guard that has its local port open: it stands in for a public one. */
    async served(handle: Handle) {
      const port = await serve(handle);
      return { port, url: `http://127.0.0.1:${port}/`, outbound: guard({ allowLoopbackPorts: [port] }) };
    },
    /** Connections that any of the servers ever saw. */
    openedConnections: () => opened,
    onEnd: (close: () => Promise<void> | void) => void closers.push(close),
    async end() {
      for (const close of closers.splice(0).toReversed()) await close();
    },
  };
}
