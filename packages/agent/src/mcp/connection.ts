import type { CallToolResult, Client, Tool } from '@modelcontextprotocol/client';
import { untilAborted } from '../abortable.ts';
import { CALL_MS, CONNECT_MS, PING_MS } from './limits.ts';
import type { McpFetch, McpServer } from './server.ts';

/** A server that is connected to when somebody asks, and again when the connection was lost. */
export type Connection = {
  /**
   * The tools it has, as it says; asked for anew after a while, and whenever it is connected to.
   * @throws Error that names the server, when it cannot be reached
   */
  list(signal: AbortSignal): Promise<readonly Tool[]>;
  /** @throws Error that names the server, when it cannot be reached or refuses the call */
  call(call: { tool: Tool; args: Record<string, unknown> }, signal: AbortSignal): Promise<CallToolResult>;
  /** Ends the connection, and with it the process of a server that has one. The next who asks begins anew. */
  close(): Promise<void>;
};

type Options = {
  fetch: McpFetch;
  onLost?: (error: Error | null) => void;
  now?: () => number;
  /** How long a program that left a call unanswered has to say that it is there. */
  pingMs?: number;
};

type Opening = { client: Promise<Client>; giveUp: AbortController };

/** Tools change when a server is replaced; over HTTP nobody tells. */
const LISTED_FOR_MS = 300_000;
const BACKOFF_FIRST_MS = 1_000;
const BACKOFF_LAST_MS = 60_000;

export function createConnection(server: McpServer, options: Options): Connection {
  const { fetch, onLost, now = () => performance.now(), pingMs = PING_MS } = options;
  let opening: Opening | null = null;
  let listed: { tools: readonly Tool[]; at: number } | null = null;
  let asked: Opening | null = null;
  /** Since the last call that came back. */
  let failures = 0;
  let blockedUntil = 0;

  function lose(of: Opening, error: Error | null): void {
    if (opening !== of) return;
    blockedUntil = now() + Math.min(BACKOFF_LAST_MS, BACKOFF_FIRST_MS * 2 ** failures);
    failures += 1;
    onLost?.(error);
    void end();
  }

  /** Nobody waits for a server that is still starting. */
  async function end(): Promise<void> {
    const of = opening;
    opening = null;
    listed = null;
    of?.giveUp.abort(new Error('nobody needs it any more'));
    await of?.client.then((client) => client.close()).catch(() => undefined);
  }

  async function open(signal: AbortSignal): Promise<Client> {
    const { openClient } = await import('./open-client.ts');
    return openClient(server, fetch, signal);
  }

  function begin(): Opening {
    const waitMs = blockedUntil - now();
    if (waitMs > 0) throw new Error(`it was lost, and is tried again in ${Math.ceil(waitMs / 1_000)} s`);
    const giveUp = new AbortController();
    const of = { client: open(giveUp.signal), giveUp };
    of.client
      .then((client) => {
        Object.assign(client, { onclose: () => lose(of, null) });
      })
      .catch((error: unknown) => lose(of, toError(error)));
    return of;
  }

  async function connect(): Promise<{ client: Client; of: Opening }> {
    const of = opening ?? begin();
    opening = of;
    return { client: await of.client, of };
  }

  /**
   * A program that hangs is as good as dead, and nothing tells of it: asked whether it is there, it does not answer. It is
   * ended, and whoever asks next starts it again.
   */
  async function checkIsThere(client: Client, of: Opening): Promise<void> {
    if (!('command' in server) || asked === of) return;
    asked = of;
    try {
      await client.ping({ timeout: pingMs });
    } catch (error) {
      if (!isAnswer(error)) lose(of, new Error('it does not answer any more'));
    } finally {
      asked = null;
    }
  }

  /** Once more on a new connection where the server says that it has forgotten this one, and so has done nothing. */
  async function ask<T>(signal: AbortSignal, work: (client: Client) => Promise<T>): Promise<T> {
    for (let isSecond = false; ; isSecond = true) {
      const { client, of } = await untilAborted(signal, connect);
      try {
        const answer = await work(client);
        failures = 0;
        return answer;
      } catch (error) {
        if (!isAnswer(error)) void checkIsThere(client, of);
        // Whatever else it is, the connection may be as good as before, and others may be using it.
        if (isSecond || signal.aborted || !hasForgotten(error)) throw error;
        lose(of, toError(error));
        blockedUntil = 0;
      }
    }
  }

  async function named<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const { message } = toError(error);
      const verb = isAnswer(error) ? 'refused this' : 'cannot be reached';
      throw new Error(`The MCP server ${server.name} ${verb}: ${message}`, { cause: error });
    }
  }

  return {
    list: (signal) =>
      named(signal, async () => {
        if (listed && now() - listed.at < LISTED_FOR_MS) return listed.tools;
        const { tools } = await ask(signal, (client) => client.listTools({}, { signal, timeout: CONNECT_MS }));
        listed = { tools, at: now() };
        return tools;
      }),
    call: ({ tool, args }, signal) =>
      named(signal, () =>
        ask(signal, (client) =>
          client.callTool(
            { name: tool.name, arguments: args },
            { signal, timeout: CALL_MS, maxTotalTimeout: CALL_MS, toolDefinition: unchecked(tool) },
          ),
        ),
      ),
    close: end,
  };
}

/**
 * What a tool returns is text for the model, whatever its own schema says of it; and a schema with an expression that
 * runs for hours would hold this process up.
 */
function unchecked(tool: Tool): Tool {
  return { ...tool, outputSchema: undefined };
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

/** Whether the server itself said this, in an error of JSON-RPC, which has a number. */
function isAnswer(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'number';
}

/** A server that was started again knows none of its old sessions: 404 by the protocol, 400 by some. */
function hasForgotten(error: unknown): boolean {
  if (!(error instanceof Error) || !('status' in error)) return false;
  return error.status === 404 || (error.status === 400 && /session/i.test(error.message));
}
