import type { IncomingMessage } from 'node:http';
import { isIP, isIPv4 } from 'node:net';

const NOWHERE = 'unknown';

/**
 * The address a request came from, `proxies` of our own in front of us. Each of them adds the address it saw at the end
 * of X-Forwarded-For; what stands further to the left a client may have written itself. Fewer entries than proxies: it
 * did not come through all of them, and nothing that it says of itself is believed.
 */
export function addressOf(req: Pick<IncomingMessage, 'headersDistinct' | 'socket'>, proxies: number): string {
  const seen = req.socket.remoteAddress ?? NOWHERE;
  if (proxies === 0) return seen;
  const entries = (req.headersDistinct['x-forwarded-for'] ?? []).flatMap((header) => header.split(','));
  const claimed = entries.at(-proxies)?.trim() ?? '';
  return isIP(claimed) === 0 ? seen : claimed;
}

const V4_IN_V6 = /^::ffff:(\d{1,3}(?:\.\d{1,3}){3})$/i;
const GROUPS = 8;
/** Whoever has an IPv6 address at all has at least 64 bits of them (RFC 6177): they count as one. */
const GROUPS_OF_ONE_CLIENT = 4;

/** What a limit counts by: an IPv4 address, or the /64 around an IPv6 one. */
export function networkOf(address: string): string {
  const [, v4] = V4_IN_V6.exec(address) ?? [];
  if (v4 !== undefined) return v4;
  if (isIPv4(address) || isIP(address) === 0) return address;
  const [bare = ''] = address.split('%');
  const [left = '', right] = bare.split('::');
  const head = groupsOf(left);
  const tail = groupsOf(right ?? '');
  const zeros = right === undefined ? 0 : GROUPS - head.length - tail.length;
  const groups = [...head, ...Array.from({ length: zeros }, () => '0'), ...tail];
  return `${groups.slice(0, GROUPS_OF_ONE_CLIENT).join(':')}::/64`;
}

function groupsOf(text: string): string[] {
  if (text === '') return [];
  // An IPv4 address at the end stands for two groups, which are never among the first four.
  return text
    .split(':')
    .flatMap((group) => (group.includes('.') ? ['0', '0'] : [Number.parseInt(group, 16).toString(16)]));
}
