import { setTimeout as sleep } from 'node:timers/promises';
import type { Transport } from '@modelcontextprotocol/client';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { CALL_MS, END_SESSION_MS, MESSAGE_MAX_BYTES } from './limits.ts';
import type { HttpServer, McpFetch } from './server.ts';

/**
 * Talks to a server over streamable HTTP, each request an exchange of its own: no stream is kept open for what a server
 * might say unasked. Its end is told to the server, which would keep the session otherwise (Streamable HTTP, "Session
 * Management").
 */
export function createHttpTransport({ url, headers }: HttpServer, fetch: McpFetch): Transport {
  const transport = new StreamableHTTPClientTransport(new URL(url), {
    requestInit: { headers: { ...headers }, redirect: 'manual' },
    fetch: (target, init) => exchange(fetch, String(target), init ?? {}),
  });
  const close = () => StreamableHTTPClientTransport.prototype.close.call(transport);
  return Object.assign(transport, {
    async close() {
      const ended = transport.terminateSession().catch(() => undefined);
      await Promise.race([ended, sleep(END_SESSION_MS, undefined, { ref: false })]);
      await close();
    },
  });
}

async function exchange(fetch: McpFetch, url: string, init: RequestInit): Promise<Response> {
  const { method = 'GET', body = null } = init;
  // The answer of a server that offers no such stream (Streamable HTTP, "Listening for Messages").
  if (method !== 'POST' && method !== 'DELETE') return new Response(null, { status: 405 });
  const answer = await fetch(url, {
    method,
    headers: Object.fromEntries(new Headers(init.headers)),
    body: typeof body === 'string' ? body : null,
    signal: init.signal ?? AbortSignal.timeout(CALL_MS),
    timeoutMs: CALL_MS,
    maxBytes: MESSAGE_MAX_BYTES,
    redirects: 0,
  });
  if (answer.truncated) throw new Error(`the answer is longer than ${MESSAGE_MAX_BYTES} bytes`);
  const hasBody = answer.status >= 200 && ![204, 205, 304].includes(answer.status);
  return new Response(hasBody ? new Uint8Array(answer.body) : null, {
    status: answer.status,
    headers: { ...answer.headers },
  });
}
