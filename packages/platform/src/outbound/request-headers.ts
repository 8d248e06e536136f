import { OutboundRefusedError } from './errors.ts';

export type HeaderMap = Readonly<Record<string, string>>;

/** Set by HTTP itself; in other hands they smuggle requests (RFC 9112 §11.2) or aim them at another host. */
const OURS = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** What may follow to another origin. A list of what may, since credentials hide under any name: x-api-key, webhook-signature. */
const HARMLESS = new Set([
  'accept',
  'accept-encoding',
  'accept-language',
  'content-language',
  'content-type',
  'user-agent',
]);

/**
 * Headers with their names in lower case.
 * @throws {OutboundRefusedError} a name or value HTTP does not allow, or one that is not the caller's to set
 */
export function readHeaders(headers: HeaderMap): HeaderMap {
  const read: Record<string, string> = {};
  for (const [given, value] of Object.entries(headers)) {
    const name = given.toLowerCase();
    // RFC 9110 §5.1 and §5.5, without obs-text.
    if (!/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name) || !/^[\t\x20-\x7e]*$/.test(value)) {
      throw new OutboundRefusedError('request', 'a header has characters that HTTP does not allow');
    }
    if (OURS.has(name)) throw new OutboundRefusedError('request', `the header ${name} may not be set`);
    read[name] = value;
  }
  return read;
}

/** The headers that may be shown to an origin the caller did not name. */
export function harmlessHeaders(headers: HeaderMap): HeaderMap {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => HARMLESS.has(name)));
}

/** Without what describes a body, for a request that no longer has one. */
export function bodilessHeaders(headers: HeaderMap): HeaderMap {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith('content-')));
}
