import type { RequestHandler } from 'express';
import { addressOf, networkOf } from './address-of.ts';
import { type Policy, takeFrom } from './bucket.ts';
import { showLimit, tooManyRequests } from './rate-headers.ts';
import { createRecent } from './recent.ts';

/** At about two hundred bytes each. */
const ADDRESSES_REMEMBERED = 20_000;

export type AddressLimitOptions = {
  policy: Policy;
  /** Proxies of ours in front of us. */
  proxies: number;
  now?: () => number;
};

/**
 * Turns away who asks too often from one address, before anything is known of them and before anything is spent on
 * them. Counted in this process alone: to ask another machine would cost more than most answers.
 */
export function limitAddresses({
  policy,
  proxies,
  now = () => performance.now(),
}: AddressLimitOptions): RequestHandler {
  const fullAt = createRecent<number>(ADDRESSES_REMEMBERED);
  return function addressLimit(req, res, next) {
    const network = networkOf(addressOf(req, proxies));
    const taken = takeFrom(fullAt.get(network) ?? 0, now(), policy);
    fullAt.set(network, taken.fullAtMs);
    showLimit(res, policy, taken);
    if (!taken.isAdmitted) throw tooManyRequests('One address', policy, taken);
    next();
  };
}
