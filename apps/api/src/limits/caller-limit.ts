import type { ServerResponse } from 'node:http';
import { costOf, type Policy, type Taken, takeFrom } from './bucket.ts';
import { showLimit, tooManyRequests } from './rate-headers.ts';
import { createRecent, type Recent } from './recent.ts';

/** At a few hundred bytes each. */
const USES_REMEMBERED = 40_000;

/** What one key, or one account with all its keys, has used here. `unshared`: requests that the other processes have not been told of. */
export type Use = { id: string; fullAtMs: number; unshared: number; policy: Policy };

/** What each key of an account of a tier may ask for, and what all keys of one together may; no limit where one is left out. */
export type TierPolicies = { key?: Policy; account?: Policy };

export type CallerLimit = {
  /**
   * Counts a request for its key and for its account, and tells its client what is left of the limit that binds. Asks
   * nobody. What one of them has no room for counts for neither.
   * @throws {ProblemError} `too_many_requests`
   */
  admit(caller: { keyId: string; accountId: string; tier: string }, res: ServerResponse): void;
  /** For whoever tells the other processes. */
  uses: Recent<Use>;
};

type Asked = { whose: string; use: Use; policy: Policy; taken: Taken };

/**
 * Limits the requests of each key, and, since keys are free, of all keys of an account together; by the account's tier. One
 * that is not named has no limit.
 */
export function createCallerLimit(options: {
  policies: ReadonlyMap<string, TierPolicies>;
  now?: () => number;
}): CallerLimit {
  const { policies, now = () => performance.now() } = options;
  const uses = createRecent<Use>(USES_REMEMBERED);

  function ask(bucket: { whose: string; id: string; policy: Policy | undefined }, nowMs: number): Asked[] {
    const { whose, id, policy } = bucket;
    if (!policy) return [];
    const use = uses.get(id) ?? { id, fullAtMs: 0, unshared: 0, policy };
    use.policy = policy;
    uses.set(id, use);
    return [{ whose, use, policy, taken: takeFrom(use.fullAtMs, nowMs, policy) }];
  }

  return {
    uses,
    admit({ keyId, accountId, tier }, res) {
      const { key, account } = policies.get(tier) ?? {};
      const nowMs = now();
      const asked = [
        ...ask({ whose: 'One API key', id: keyId, policy: key }, nowMs),
        ...ask({ whose: 'All API keys of one account together', id: accountId, policy: account }, nowMs),
      ];
      const [binding] = asked.toSorted(byRoom);
      if (!binding) return;
      showLimit(res, binding.policy, binding.taken);
      if (!binding.taken.isAdmitted) throw tooManyRequests(binding.whose, binding.policy, binding.taken);
      for (const { use, policy, taken } of asked) {
        use.fullAtMs = taken.fullAtMs;
        // More than a bucket holds cannot have been used: a store that was away for an hour is not owed an hour.
        use.unshared = Math.min(use.unshared + 1, policy.quota);
      }
    },
  };
}

/** The one that turns the request away first, then the one that has the least left, and of two the one that needs longer. */
function byRoom({ taken: a }: Asked, { taken: b }: Asked): number {
  return Number(a.isAdmitted) - Number(b.isAdmitted) || a.remaining - b.remaining || b.resetMs - a.resetMs;
}

/** What the other processes have to know of: in a bucket that is as good as full their share could not be seen. */
export function hasToBeShared({ unshared, policy }: Use): boolean {
  return unshared >= Math.max(1, policy.quota / 100);
}

/** Whether what others use of it matters here: whoever has much left finds out in time. */
export function isDrained({ fullAtMs, policy }: Use, nowMs: number): boolean {
  return fullAtMs - nowMs > policy.windowSeconds * 100;
}

/**
 * The fleet's bucket with what was used here added to it. Where many processes let a burst through before they heard of
 * each other, it may lie deeper than empty; by one bucket at most, so that nobody waits for longer than two windows.
 */
export function addUse(fleetFullAtMs: number, nowMs: number, { unshared, policy }: Use): number {
  const fullAtMs = Math.max(fleetFullAtMs, nowMs) + unshared * costOf(policy);
  return Math.min(fullAtMs, nowMs + 2 * policy.windowSeconds * 1_000);
}
