import { isIPv4 } from 'node:net';
import { Agent, type Dispatcher, request } from 'undici';
import { createGuardedConnector } from './connector.ts';
import { asOutboundError, OutboundFailedError, OutboundRefusedError } from './errors.ts';
import { ACCEPT_ENCODING, readBody } from './read-body.ts';
import { followRedirect, type Hop, locationOf } from './redirect.ts';
import { type HeaderMap, readHeaders } from './request-headers.ts';
import { createNameResolver, type ResolveName, resolvePublic } from './resolve-name.ts';
import { isAllowedLoopback, isAllowedOrigin, parseTarget, type TargetPolicy } from './target.ts';
import { startTimeLimit } from './time-limit.ts';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;
export type OutboundMethod = (typeof METHODS)[number];

export type OutboundRequest = {
  method?: OutboundMethod;
  headers?: HeaderMap;
  body?: string | Uint8Array | null;
  signal?: AbortSignal;
  /** Of the decompressed body; what is beyond is not read. */
  maxBytes?: number;
  /**
   * `false`: for whom the status says all. No encoding is asked for, and a body that comes in one is given as it came:
   * nothing is unpacked, and what announces an encoding that it has not, or that nobody knows, is an answer like any other.
   */
  decode?: boolean;
  /** For everything: DNS, connecting, redirects and the body. */
  timeoutMs?: number;
  /** How many to follow. With 0 a redirect is an answer like any other. */
  redirects?: 0 | 1 | 2 | 3;
  /**
   * Asked, beside the guard, of each address that a redirect leads to: a redirect to one that it will not have is an
   * answer like any other.
   */
  mayFollow?: (url: string) => boolean;
};

export type OutboundResponse = {
  readonly status: number;
  /** Names in lower case; repeated ones joined by a comma. Without `content-encoding` where the body was decoded. */
  readonly headers: HeaderMap;
  readonly body: Uint8Array;
  /** Whether the body was longer than `maxBytes`. */
  readonly truncated: boolean;
  /** Where the answer came from, after redirects. */
  readonly url: string;
};

export type CheckOptions = {
  /** Also asks DNS, for two seconds at most. A name without an answer passes: it may get one before it is called. */
  resolve?: boolean;
  signal?: AbortSignal;
};

export type Outbound = {
  /**
   * @throws {OutboundRefusedError} the guard does not allow it
   * @throws {OutboundFailedError} it did not work out
   */
  fetch(url: string, options?: OutboundRequest): Promise<OutboundResponse>;
  /**
   * Judges a URL when it is named, long before it is called. Passing says nothing about later: every call is
   * checked again.
   * @throws {OutboundRefusedError}
   */
  checkUrl(url: string, options?: CheckOptions): Promise<void>;
  /** Cuts off what is in flight and closes every connection. */
  close(): void;
};

export type OutboundOptions = Partial<{
  allowHttp: boolean;
  /** Local ports that may be called, as `127.0.0.1`, `[::1]` or `localhost`, also with http. */
  allowLoopbackPorts: readonly number[];
  /**
   * Origins that may be called wherever they lie, such as `http://mcp.tools.svc:3000`, by redirects only from themselves:
   * what an operator has named. Their names are found as the system finds them.
   */
  allowOrigins: readonly string[];
  /** Ports that may be called elsewhere. */
  ports: readonly number[];
  connectTimeoutMs: number;
  timeoutMs: number;
  maxBytes: number;
  userAgent: string;
  /** Asked for every new connection; the system's DNS servers if left out. */
  resolve: ResolveName;
}>;

type Reading = { maxBytes: number; decode: boolean };
type Limits = Reading & { redirects: number; mayFollow: (url: string) => boolean; signal: AbortSignal };

const CHECK_UP_TO_MS = 2_000;
/** A kept connection stays with the address it was opened to; not for longer than DNS answers usually live. */
const KEEP_ALIVE_MAX_MS = 10_000;

/** The only way out for requests made on behalf of users. Proxy variables of the environment do not count here. */
export function createOutbound(options: OutboundOptions = {}): Outbound {
  const { connectTimeoutMs = 5_000, userAgent = 'Flotilla', resolve = createNameResolver() } = options;
  const { timeoutMs: defaultTimeoutMs = 15_000, maxBytes: defaultMaxBytes = 1_048_576 } = options;
  const policy: TargetPolicy = {
    allowHttp: options.allowHttp ?? false,
    allowLoopbackPorts: new Set(options.allowLoopbackPorts),
    allowOrigins: new Set(options.allowOrigins?.map((origin) => new URL(origin).origin)),
    ports: new Set(options.ports ?? [443, 80, 8443, 8080]),
  };
  const dispatcher = new Agent({
    connect: createGuardedConnector({ policy, resolve, timeoutMs: connectTimeoutMs }),
    keepAliveMaxTimeout: KEEP_ALIVE_MAX_MS,
    maxHeaderSize: 16_384,
  });

  async function send(hop: Hop, { decode, signal }: Limits): Promise<Dispatcher.ResponseData> {
    const { url, method, body } = hop;
    if (!isMethod(method)) throw new OutboundRefusedError('request', 'the method may not be used');
    const encodings = decode ? ACCEPT_ENCODING : 'identity';
    const headers = { 'user-agent': userAgent, 'accept-encoding': encodings, ...hop.headers };
    return request(url, { dispatcher, method, headers, body, signal });
  }

  async function chain(first: Hop, limits: Limits): Promise<OutboundResponse> {
    const { redirects, mayFollow } = limits;
    let hop = first;
    for (let followed = 0; ; followed += 1) {
      const response = await send(hop, limits);
      const location = redirects === 0 ? undefined : locationOf(response.statusCode, response.headers);
      if (location === undefined) return receive(hop, response, limits);
      const next = followed < redirects && nextHop(hop, response, location);
      if (next && !mayFollow(next.url.href)) return receive(hop, response, limits);
      response.body.on('error', () => {}).destroy();
      if (!next) throw new OutboundFailedError('too_many_redirects');
      hop = next;
    }
  }

  function nextHop(hop: Hop, response: Dispatcher.ResponseData, location: string | readonly string[]): Hop {
    try {
      return followRedirect({ hop, status: response.statusCode, location, policy });
    } catch (error) {
      response.body.on('error', () => {}).destroy();
      throw error;
    }
  }

  return {
    async fetch(url, given = {}) {
      const { method = 'GET', headers = {}, body = null, signal, redirects = 0, mayFollow = () => true } = given;
      const { timeoutMs = defaultTimeoutMs, maxBytes = defaultMaxBytes, decode = true } = given;
      const first: Hop = { url: parseTarget(url, policy), method, headers: readHeaders(headers), body };
      const bodyLimit = bounded('maxBytes', maxBytes, 0);
      const limit = startTimeLimit(bounded('timeoutMs', timeoutMs, 1), signal);
      try {
        // Raced: undici hears of an abort only once it is connected, and a silent host takes its time to that.
        return await Promise.race([
          chain(first, { redirects, mayFollow, maxBytes: bodyLimit, decode, signal: limit.signal }),
          limit.ended,
        ]);
      } catch (error) {
        throw limit.reason() ?? asOutboundError(error);
      } finally {
        limit.end();
      }
    },

    async checkUrl(url, { resolve: asksDns = false, signal } = {}) {
      const target = parseTarget(url, policy);
      const isOpened = isAllowedOrigin(target, policy) || isAllowedLoopback(target, policy);
      if (!asksDns || isOpened || isLiteral(target.hostname)) return;
      const limit = startTimeLimit(CHECK_UP_TO_MS, signal);
      try {
        await Promise.race([resolvePublic(target.hostname, resolve), limit.ended]);
      } catch (error) {
        if (error instanceof OutboundRefusedError) throw error;
      } finally {
        limit.end();
      }
    },

    close() {
      // Not awaited: undici waits for connections that are still being opened, and nobody else does.
      dispatcher.destroy().catch(() => {});
    },
  };
}

async function receive(hop: Hop, response: Dispatcher.ResponseData, reading: Reading): Promise<OutboundResponse> {
  const { maxBytes, decode } = reading;
  const headers = joined(response.headers);
  const { 'content-encoding': encoding, ...decoded } = headers;
  const hasBody = hop.method !== 'HEAD' && response.statusCode !== 204 && response.statusCode !== 304;
  const { body, truncated } = await readBody({
    stream: response.body,
    encoding: decode && hasBody ? encoding : undefined,
    maxBytes,
  });
  return {
    status: response.statusCode,
    headers: decode ? decoded : headers,
    body,
    truncated,
    url: hop.url.href,
  };
}

function joined(headers: Dispatcher.ResponseData['headers']): Record<string, string> {
  const plain: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) plain[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return plain;
}

function isLiteral(hostname: string): boolean {
  return hostname.startsWith('[') || isIPv4(hostname);
}

function isMethod(method: string): method is OutboundMethod {
  return METHODS.some((known) => known === method);
}

/** A limit that is not a number limits nothing: it must not get past here (CVE-2026-12590 was one). */
function bounded(name: string, value: number, least: number): number {
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new RangeError(`${name} must be a whole number of at least ${least}`);
}
