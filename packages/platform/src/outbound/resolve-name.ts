import { Resolver } from 'node:dns/promises';
import { isPublicAddress } from './address.ts';
import { OutboundFailedError, OutboundRefusedError } from './errors.ts';

export type ResolvedAddress = { readonly address: string; readonly family: 4 | 6 };

/** All addresses of a name; rejects if there are none. */
export type ResolveName = (hostname: string) => Promise<readonly ResolvedAddress[]>;

const TRY_FOR_MS = 1_500;
const TRIES = 2;

/**
 * Asks the configured DNS servers directly. Not `dns.lookup`: that runs in libuv's pool, two names at a time, where
 * one customer's silent DNS server would hold up everybody's deliveries and our own reconnects. So /etc/hosts and
 * search domains do not count here, which is as well: public names need neither.
 */
export function createNameResolver(): ResolveName {
  const resolver = new Resolver({ timeout: TRY_FOR_MS, tries: TRIES });
  return async (hostname) => {
    const [four, six] = await Promise.allSettled([resolver.resolve4(hostname), resolver.resolve6(hostname)]);
    const addresses: ResolvedAddress[] = [];
    if (four.status === 'fulfilled') for (const address of four.value) addresses.push({ address, family: 4 });
    if (six.status === 'fulfilled') for (const address of six.value) addresses.push({ address, family: 6 });
    if (addresses.length > 0) return addresses;
    throw four.status === 'rejected' ? four.reason : new Error(`${hostname} has no address`);
  };
}

/**
 * The addresses that may be dialled for a name. One private answer spoils all: a name with both is an attack or a
 * mistake, and picking the public one would leave the choice to the next answer.
 * @throws {OutboundRefusedError} an answer is not public
 * @throws {OutboundFailedError} of kind `dns`: no answer
 */
export async function resolvePublic(hostname: string, resolve: ResolveName): Promise<readonly ResolvedAddress[]> {
  let addresses: readonly ResolvedAddress[];
  try {
    addresses = await resolve(hostname);
  } catch (error) {
    throw new OutboundFailedError('dns', { cause: error });
  }
  if (addresses.length === 0) throw new OutboundFailedError('dns');
  if (!addresses.every(({ address }) => isPublicAddress(address))) {
    throw new OutboundRefusedError('address', 'the host resolves to an address that may not be called');
  }
  return addresses;
}
