import type { CallToolResult, Client, Tool } from '@modelcontextprotocol/client';
import { untilAborted } from '../abortable.ts';
import { OutcomeUnknownError } from '../outcome-unknown.ts';
import { hasForgotten, isAnswer, isRefusal, isSettled, toError, UnsentError } from './call-error.ts';
import { CALL_MS, CONNECT_MS, PING_MS } from './limits.ts';
import type { McpFetch, McpServer } from './server.ts';

/** A server that is connected to when somebody asks, and again when the connection was lost. */
export type Connection = {
  /**
   * The tools it has, as it says; asked for anew after a while, and whenever it is connected to.
   * @throws Error that names the server, when it cannot be reached
   */
  list(signal: AbortSignal): Promise<readonly Tool[]>;
  /**
   * @param call `mayRepeat`: called twice, the tool does nothing more
   * @throws Error that names the server, when it cannot be reached or refuses the call
   * @throws {OutcomeUnknownError} when the call left, and what came of it is not known
   */
  call(
    call: { tool: Tool; args: Record<string, unknown>; mayRepeat: boolean },
    signal: AbortSignal,
  ): Promise<CallToolResult>;
  /** Ends the connection, and with it the process of a server that has one. The next who asks begins anew. */
  close(): Promise<void>;
};

type Options = {
  fetch: McpFetch;
  /** Whether `fetch` failed before anything had left. Default: it never knows. */
  isUnsent?: (error: unknown) => boolean;
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
  const { isUnsent, onLost, now = () => performance.now(), pingMs = PING_MS } = options;
  const fetch = isUnsent ? tellingUnsent(options.fetch, isUnsent) : options.fetch;
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

  /** The next who asks begins anew; those who were still waiting for an answer may yet have it. */
  function forget(of: Opening, error: Error): void {
    if (opening !== of) return;
    opening = null;
    listed = null;
    onLost?.(error);
  }

  /**
   * Once more on a new connection where the server says that it has forgotten this one: if it is sure that it has done
   * nothing, or did it no harm to do it again.
   */
  async function ask<T>(
    { signal, mayRepeat }: { signal: AbortSignal; mayRepeat: boolean },
    work: (client: Client) => Promise<T>,
  ): Promise<T> {
    for (let isSecond = false; ; isSecond = true) {
      const { client, of } = await untilAborted(signal, connect).catch((error: unknown) => {
        throw new UnsentError(toError(error).message, { cause: error });
      });
      try {
        const answer = await work(client);
        failures = 0;
        return answer;
      } catch (error) {
        if (!isAnswer(error)) void checkIsThere(client, of);
        // Whatever else it is, the connection may be as good as before, and others may be using it.
        const forgotten = hasForgotten(error);
        if (forgotten) forget(of, toError(error));
        if (isSecond || signal.aborted || !(forgotten === 'surely' || (forgotten && mayRepeat))) throw error;
      }
    }
  }

  function named(error: unknown): Error {
    const answered = isRefusal(error) ? 'refused this' : 'answered with an error';
    const verb = isAnswer(error) ? answered : 'cannot be reached';
    return new Error(`The MCP server ${server.name} ${verb}: ${toError(error).message}`, { cause: error });
  }

  return {
    async list(signal) {
      if (listed && now() - listed.at < LISTED_FOR_MS) return listed.tools;
      try {
        const { tools } = await ask({ signal, mayRepeat: true }, (client) =>
          client.listTools({}, { signal, timeout: CONNECT_MS }),
        );
        listed = { tools, at: now() };
        return tools;
      } catch (error) {
        throw named(error);
      }
    },
    async call({ tool, args, mayRepeat }, signal) {
      try {
        return await ask({ signal, mayRepeat }, (client) =>
          client.callTool(
            { name: tool.name, arguments: args },
            { signal, timeout: CALL_MS, maxTotalTimeout: CALL_MS, toolDefinition: tool },
          ),
        );
      } catch (error) {
        if (isSettled(error)) throw named(error);
        const came = isAnswer(error) ? 'answered with an error that leaves it open' : 'its answer did not come';
        const what = `the MCP server ${server.name} was called, and ${came}: ${toError(error).message}`;
        throw new OutcomeUnknownError(what, { cause: error });
      }
    },
    close: end,
  };
}

function tellingUnsent(fetch: McpFetch, isUnsent: (error: unknown) => boolean): McpFetch {
  return async (url, request) => {
    try {
      return await fetch(url, request);
    } catch (error) {
      throw isUnsent(error) ? new UnsentError(toError(error).message, { cause: error }) : error;
    }
  };
}
