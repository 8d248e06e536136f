import { Client } from '@modelcontextprotocol/client';
import { untilAborted } from '../abortable.ts';
import { createHttpTransport } from './http-transport.ts';
import { CONNECT_MS } from './limits.ts';
import type { McpFetch, McpServer } from './server.ts';
import { siftTools } from './sift-tools.ts';
import { createStdioTransport } from './stdio-transport.ts';

/**
 * Connects, and learns what the server is. It is offered nothing in return: no sampling, no roots, no questions.
 * @throws Error when it does not answer in time, or is no server of the protocol
 * @throws the signal's reason, when aborted
 */
export async function openClient(server: McpServer, fetch: McpFetch, signal: AbortSignal): Promise<Client> {
  const isProgram = 'command' in server;
  const client = new Client(
    { name: 'flotilla', version: '1' },
    {
      capabilities: {},
      // Asked for the newer protocol, a program of the older one may end.
      versionNegotiation: { mode: isProgram ? 'legacy' : 'auto' },
    },
  );
  const transport = siftTools(isProgram ? createStdioTransport(server) : createHttpTransport(server, fetch));
  try {
    await untilAborted(signal, () => client.connect(transport, { timeout: CONNECT_MS }));
    return client;
  } catch (error) {
    await transport.close();
    throw error;
  }
}
