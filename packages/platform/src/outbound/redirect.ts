import { OutboundRefusedError } from './errors.ts';
import { bodilessHeaders, type HeaderMap, harmlessHeaders } from './request-headers.ts';
import { checkTarget, isAllowedLoopback, isAllowedOrigin, type TargetPolicy } from './target.ts';

/** One request of a chain. */
export type Hop = {
  readonly url: URL;
  readonly method: string;
  readonly headers: HeaderMap;
  readonly body: string | Uint8Array | null;
};

const REDIRECT_STATUSES = new Set([301, 302, 303, 307, 308]);

/** Where a response points to, or undefined if it is not a redirect. */
export function locationOf(status: number, headers: Readonly<Record<string, string | readonly string[] | undefined>>) {
  const { location } = headers;
  return REDIRECT_STATUSES.has(status) && location !== undefined ? location : undefined;
}

/**
 * The request that follows a redirect (RFC 9110 §15.4, as browsers do it), judged like the first one.
 * @throws {OutboundRefusedError}
 */
export function followRedirect({
  hop,
  status,
  location,
  policy,
}: {
  hop: Hop;
  status: number;
  location: string | readonly string[];
  policy: TargetPolicy;
}): Hop {
  if (typeof location !== 'string' || !URL.canParse(location, hop.url.href)) {
    throw new OutboundRefusedError('redirect', 'the server redirected to a URL that is not valid');
  }
  const url = new URL(location, hop.url);
  try {
    checkTarget(url, policy);
  } catch (error) {
    if (error instanceof OutboundRefusedError) {
      throw new OutboundRefusedError('redirect', `the server redirected elsewhere, and ${error.message}`);
    }
    throw error;
  }
  // What is open is so to those who configured it, not to whoever can answer with a Location.
  const isToLoopback = isAllowedLoopback(url, policy) && !isAllowedLoopback(hop.url, policy);
  if (isToLoopback || (isAllowedOrigin(url, policy) && url.origin !== hop.url.origin)) {
    throw new OutboundRefusedError('redirect', 'the server redirected to an address that may not be called');
  }
  if (hop.url.protocol === 'https:' && url.protocol !== 'https:') {
    throw new OutboundRefusedError('redirect', 'the server redirected from https to http');
  }
  const headers = url.origin === hop.url.origin ? hop.headers : harmlessHeaders(hop.headers);
  const isRewritten =
    (status === 303 && hop.method !== 'GET' && hop.method !== 'HEAD') ||
    ((status === 301 || status === 302) && hop.method === 'POST');
  if (isRewritten) return { url, method: 'GET', headers: bodilessHeaders(headers), body: null };
  return { ...hop, url, headers };
}
