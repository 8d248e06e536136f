import ipaddr from 'ipaddr.js';

const GLOBAL_V6 = ipaddr.IPv6.parseCIDR('2000::/3');
/** RFC 9637 documentation. */
const DOCUMENTATION_V6 = ipaddr.IPv6.parseCIDR('3fff::/20');
/** Azure's host channel, which hands out credentials, has an address in the public range. */
const AZURE_WIRE_SERVER = '168.63.129.16';

/**
 * Whether an address literal belongs to the public Internet. Default is no: IPv4 must be plain unicast (IANA
 * special-purpose registry), also inside a v4-mapped IPv6; IPv6 must lie in 2000::/3 and be plain unicast there, which
 * leaves out every form that carries an IPv4 address to a translator or tunnel (NAT64, 6to4, Teredo, SIIT).
 */
export function isPublicAddress(text: string): boolean {
  // Of ipaddr.js's own spellings, "127.1" and octets with leading zeros mean different things to different resolvers.
  const parsed =
    ipaddr.IPv4.isValidFourPartDecimal(text) || ipaddr.IPv6.isValid(text) ? ipaddr.process(text) : undefined;
  if (parsed === undefined || parsed.range() !== 'unicast') return false;
  if (parsed instanceof ipaddr.IPv4) return parsed.toString() !== AZURE_WIRE_SERVER;
  return parsed.match(GLOBAL_V6) && !parsed.match(DOCUMENTATION_V6);
}
