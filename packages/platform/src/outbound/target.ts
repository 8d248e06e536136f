import { isIP } from 'node:net';
import { isPublicAddress } from './address.ts';
import { OutboundRefusedError } from './errors.ts';

/** What a deployment lets through. */
export type TargetPolicy = {
  /** Plain http to anyone. Off, only https. */
  readonly allowHttp: boolean;
  /** Ports of this machine that may be called, with http too, as 127.0.0.1, [::1] or localhost and in no other spelling. */
  readonly allowLoopbackPorts: ReadonlySet<number>;
  /** Origins that the operator has named, wherever they lie, inside as well: `http://mcp.tools.svc:3000`. */
  readonly allowOrigins: ReadonlySet<string>;
  /** Ports of everybody else: with all of them open, the guard would be a port scanner for hire. */
  readonly ports: ReadonlySet<number>;
};

const URL_CHARS_MAX = 8_192;
const LOOPBACK_HOSTS = new Set(['127.0.0.1', '[::1]', 'localhost']);
/** Names that resolve inside a machine, a home, a cloud or a cluster (RFC 6761, RFC 6762, RFC 8375, ICANN, Kubernetes). */
const INSIDE_SUFFIXES = ['localhost', 'localdomain', 'local', 'internal', 'home.arpa', 'cluster.local', 'svc'];

/**
 * Reads a URL that a client named. The text must already look like what it parses to: a browser's parser forgives
 * backslashes, blanks and missing slashes, and every forgiveness is a chance for two parsers to disagree.
 * @throws {OutboundRefusedError}
 */
export function parseTarget(text: string, policy: TargetPolicy): URL {
  if (text.length > URL_CHARS_MAX) {
    throw new OutboundRefusedError('url', `the URL is longer than ${URL_CHARS_MAX} characters`);
  }
  if (/[\s\\\u0000-\u001f\u007f]/.test(text)) {
    throw new OutboundRefusedError('url', 'the URL holds blanks, backslashes or control characters');
  }
  if (!URL.canParse(text)) throw new OutboundRefusedError('url', 'the URL is not valid');
  const url = new URL(text);
  checkTarget(url, policy);
  if (!/^https?:\/\/[^/?#]/i.test(text)) throw new OutboundRefusedError('url', 'the URL is not valid');
  return url;
}

/**
 * Judges a parsed URL by all that can be known without asking DNS.
 * @throws {OutboundRefusedError}
 */
export function checkTarget(url: URL, policy: TargetPolicy): void {
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new OutboundRefusedError(
      'scheme',
      `the URL must begin with https://${policy.allowHttp ? ' or http://' : ''}`,
    );
  }
  if (url.username !== '' || url.password !== '') {
    throw new OutboundRefusedError('credentials', 'the URL must not hold a user name or password');
  }
  if (isAllowedOrigin(url, policy) || isAllowedLoopback(url, policy)) return;
  checkHost(url.hostname);
  if (url.protocol === 'http:' && !policy.allowHttp) {
    throw new OutboundRefusedError('scheme', 'the URL must begin with https://');
  }
  if (!policy.ports.has(portOf(url))) {
    throw new OutboundRefusedError('port', `the URL must use one of the ports ${[...policy.ports].join(', ')}`);
  }
}

/** Whether this is one of the local ports the deployment opened, spelled plainly. */
export function isAllowedLoopback(
  url: { readonly hostname: string; readonly port: string; readonly protocol: string },
  { allowLoopbackPorts }: Pick<TargetPolicy, 'allowLoopbackPorts'>,
): boolean {
  const hostname = isIP(url.hostname) === 6 ? `[${url.hostname}]` : url.hostname;
  return LOOPBACK_HOSTS.has(hostname) && allowLoopbackPorts.has(portOf(url));
}

/** Whether this is an origin that the operator has named: this host in this spelling, this port, this scheme. */
export function isAllowedOrigin(
  { hostname, port, protocol }: { readonly hostname: string; readonly port: string; readonly protocol: string },
  { allowOrigins }: Pick<TargetPolicy, 'allowOrigins'>,
): boolean {
  if (allowOrigins.size === 0) return false;
  const host = isIP(hostname) === 6 ? `[${hostname}]` : hostname;
  const text = `${protocol}//${host}${port === '' ? '' : `:${port}`}`;
  return URL.canParse(text) && allowOrigins.has(new URL(text).origin);
}

function portOf({ port, protocol }: { readonly port: string; readonly protocol: string }): number {
  if (port !== '') return Number(port);
  return protocol === 'https:' ? 443 : 80;
}

function checkHost(hostname: string): void {
  const literal = hostname.replace(/^\[|\]$/g, '');
  if (isIP(literal) !== 0) {
    if (isPublicAddress(literal)) return;
    throw new OutboundRefusedError('address', 'the URL names an address that may not be called');
  }
  const name = hostname.replace(/\.$/, '');
  const labels = name.split('.');
  if (name.length > 253 || !labels.every((label) => /^[a-z0-9_-]{1,63}$/.test(label))) {
    throw new OutboundRefusedError('host', 'the URL names a host that is not valid');
  }
  if (labels.length < 2 || INSIDE_SUFFIXES.some((suffix) => name === suffix || name.endsWith(`.${suffix}`))) {
    throw new OutboundRefusedError('host', 'the URL names a host of a private network');
  }
}
