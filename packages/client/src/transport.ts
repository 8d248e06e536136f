import { FlotillaError, isPassing } from './errors.ts';
import { readProblem } from './problem.ts';
import { delayBefore } from './retry.ts';
import type { Sleep } from './sleep.ts';
import { createTimeLimit } from './time-limit.ts';

/** What every call takes. */
export type CallOptions = {
  /** Ends the call, which rejects with the signal's reason. What the API has begun goes on. */
  signal?: AbortSignal | undefined;
  /** How long each try may take, in milliseconds. */
  timeoutMs?: number | undefined;
  /** How often the call may be made again. */
  maxRetries?: number | undefined;
  /**
   * The key under which the call is done once; of one that makes, starts or changes something by default a new one for
   * every call. `apiKeys.create` and `rotate` take none: the API refuses them with `idempotency_key_not_taken`.
   */
  idempotencyKey?: string | undefined;
};

type QueryValue = string | number | boolean | null | undefined;

export type Request = {
  method: string;
  /** Below the base URL, from `/v1` on. */
  path: string;
  query?: Readonly<Record<string, QueryValue>> | undefined;
  body?: unknown;
  headers?: Readonly<Record<string, string>>;
  /** The key under which the API does it once, however often it is sent. */
  onceKey?: string | undefined;
  /** Whether the answer is bytes, and not JSON. */
  isBinary?: boolean;
  /** Whether the route may be read with a browser's token. */
  takesToken?: boolean;
};

export type Transport = {
  /**
   * Sends it, again where that is safe and may help, and reads the answer; `undefined` where it has no body.
   * @throws {TypeError} for a body that is no JSON
   */
  send(request: Request, options?: CallOptions): Promise<unknown>;
  /** Sends it once and hands over the answer as soon as it begins. `signal` ends its body too. */
  open(request: Request, options: { signal: AbortSignal }): Promise<Response>;
};

export type TransportOptions = {
  /** A key, or the token of a browser. */
  apiKey: string;
  baseUrl: string;
  fetch: typeof fetch;
  timeoutMs: number;
  maxRetries: number;
  sleep: Sleep;
  random: () => number;
};

/** A request with its body as it is sent. */
type Written = Omit<Request, 'body'> & { text: string | undefined };

/** What may be repeated without a key: doing it twice is doing it once (RFC 9110 §9.2.2). */
const IDEMPOTENT_METHODS: ReadonlySet<string> = new Set(['GET', 'PUT', 'DELETE']);

const TOO_MANY_REQUESTS = 429;
/** With these too the API turns a request away before it looks at it. */
const UNHEARD_CODES: ReadonlySet<string> = new Set(['overloaded', 'request_timeout']);

/** What a browser's token begins with. It counts in the address, and beside no key. */
const TOKEN_BEGINNING = 'fl_tok_';

export function createTransport(deps: TransportOptions): Transport {
  const { apiKey, fetch, sleep, random } = deps;
  const isToken = apiKey.startsWith(TOKEN_BEGINNING);

  function start(
    { method, path, query, text, headers, onceKey, isBinary, takesToken }: Written,
    signal: AbortSignal,
  ): Promise<Response> {
    // To a route that takes none it goes as a key does: it is refused there, and in no address that somebody may log.
    const inAddress = isToken && takesToken === true;
    return fetch(`${deps.baseUrl}${path}${toQuery(inAddress ? { ...query, token: apiKey } : query)}`, {
      method,
      headers: {
        accept: isBinary === true ? '*/*' : 'application/json',
        ...(!inAddress && { authorization: `Bearer ${apiKey}` }),
        ...(text !== undefined && { 'content-type': 'application/json' }),
        ...(onceKey !== undefined && { 'idempotency-key': onceKey }),
        ...headers,
      },
      ...(text !== undefined && { body: text }),
      signal,
      // The API redirects nobody; whoever does must not be told the key.
      redirect: 'manual',
    });
  }

  async function sendOnce(request: Written, { signal, timeoutMs = deps.timeoutMs }: CallOptions): Promise<unknown> {
    const limit = createTimeLimit(timeoutMs, signal);
    try {
      const response = await start(request, limit.signal);
      if (!response.ok) throw await readProblem(response);
      return request.isBinary === true
        ? new Uint8Array(await response.arrayBuffer())
        : readJson(await response.text(), response);
    } catch (error) {
      if (error instanceof FlotillaError) throw error;
      signal?.throwIfAborted();
      if (limit.isOver()) throw timedOut(request, timeoutMs);
      throw connectionFailed(request, error);
    } finally {
      limit.clear();
    }
  }

  return {
    async send(request, options = {}) {
      options.signal?.throwIfAborted();
      const written = write(request);
      const isRepeatable = IDEMPOTENT_METHODS.has(request.method) || request.onceKey !== undefined;
      const retries = isRepeatable ? (options.maxRetries ?? deps.maxRetries) : 0;
      let mayBeDone = false;
      for (let retry = 0; ; retry += 1) {
        try {
          return await sendOnce(written, options);
        } catch (error) {
          if (mayBeDone && isGone(request, error)) return undefined;
          if (retry >= retries || !isPassing(error)) throw error;
          mayBeDone ||= !isUnheard(error);
          const delayMs = delayBefore(retry, { retryAfterMs: error.retryAfterMs, random });
          if (delayMs === null) throw error;
          await sleep(delayMs, options.signal);
        }
      }
    },

    async open(request, { signal }) {
      try {
        const response = await start(write(request), signal);
        if (!response.ok) throw await readProblem(response);
        return response;
      } catch (error) {
        if (error instanceof FlotillaError) throw error;
        signal.throwIfAborted();
        throw connectionFailed(request, error);
      }
    },
  };
}

/** Before the first try: what is no JSON is its caller's mistake, and not a connection's that may be better next time. */
function write({ body, ...request }: Request): Written {
  return { ...request, text: body === undefined ? undefined : JSON.stringify(body) };
}

/** Whether who is told this was not listened to. Behind every other failure the API may have done what it was asked. */
function isUnheard({ status, code }: FlotillaError): boolean {
  return status === TOO_MANY_REQUESTS || UNHEARD_CODES.has(code);
}

/** Whether what is to be deleted is not there any more: after a try whose answer was lost, that one has done it. */
function isGone({ method }: Request, error: unknown): boolean {
  return method === 'DELETE' && error instanceof FlotillaError && error.code === 'not_found';
}

function toQuery(query: Request['query'] = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    // A cursor that is `null` is that of nothing yet.
    if (value !== undefined && value !== null) parameters.set(name, String(value));
  }
  const text = parameters.toString();
  return text === '' ? '' : `?${text}`;
}

function readJson(text: string, { status, headers }: Response): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch (cause) {
    const detail = 'The answer is not JSON. Does the base URL lead to the API?';
    const requestId = headers.get('x-request-id');
    throw new FlotillaError({ code: 'invalid_response', detail, status, requestId }, { cause });
  }
}

function timedOut({ method, path }: Written, timeoutMs: number): FlotillaError {
  return new FlotillaError({ code: 'timed_out', detail: `${method} ${path} was not answered within ${timeoutMs} ms.` });
}

export function connectionFailed({ method, path }: Pick<Request, 'method' | 'path'>, cause: unknown): FlotillaError {
  const why = cause instanceof Error ? innermost(cause).message : String(cause);
  return new FlotillaError({ code: 'connection_failed', detail: `${method} ${path}: ${why}` }, { cause });
}

/** Node's fetch says only "fetch failed", and why in its cause. */
function innermost(error: Error): Error {
  return error.cause instanceof Error ? innermost(error.cause) : error;
}
