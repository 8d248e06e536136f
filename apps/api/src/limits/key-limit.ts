import type { ServerResponse } from 'node:http';
import { costOf, type Policy, takeFrom } from './bucket.ts';
import { showLimit, tooManyRequests } from './rate-headers.ts';
import { createRecent, type Recent } from './recent.ts';

/** At a few hundred bytes each. */
const KEYS_REMEMBERED = 20_000;

/** What one key has used here. `unshared`: requests that the other processes have not been told of. */
export type KeyUse = { keyId: string; fullAtMs: number; unshared: number; policy: Policy };

export type KeyLimit = {
  /**
   * Counts a request with this key, and tells its client what is left. Asks nobody.
   * @throws {ProblemError} `too_many_requests`
   */
  admit(caller: { keyId: string; tier: string }, res: ServerResponse): void;
  /** For whoever tells the other processes. */
  uses: Recent<KeyUse>;
};

/** Limits the requests of each key by the tier of its account; a tier that is not named has no limit. */
export function createKeyLimit(options: { policies: ReadonlyMap<string, Policy>; now?: () => number }): KeyLimit {
  const { policies, now = () => performance.now() } = options;
  const uses = createRecent<KeyUse>(KEYS_REMEMBERED);

  return {
    uses,
    admit({ keyId, tier }, res) {
      const policy = policies.get(tier);
      if (!policy) return;
      const use = uses.get(keyId) ?? { keyId, fullAtMs: 0, unshared: 0, policy };
      const taken = takeFrom(use.fullAtMs, now(), policy);
      use.policy = policy;
      use.fullAtMs = taken.fullAtMs;
      uses.set(keyId, use);
      showLimit(res, policy, taken);
      if (!taken.isAdmitted) throw tooManyRequests('One API key', policy, taken);
      // More than a bucket holds cannot have been used: a store that was away for an hour is not owed an hour.
      use.unshared = Math.min(use.unshared + 1, policy.quota);
    },
  };
}

/** What the other processes have to know of: in a bucket that is as good as full their share could not be seen. */
export function hasToBeShared({ unshared, policy }: KeyUse): boolean {
  return unshared >= Math.max(1, policy.quota / 100);
}

/** Whether what others use of it matters here: whoever has much left finds out in time. */
export function isDrained({ fullAtMs, policy }: KeyUse, nowMs: number): boolean {
  return fullAtMs - nowMs > policy.windowSeconds * 100;
}

/**
 * The fleet's bucket with what was used here added to it. Where many processes let a burst through before they heard of
 * each other, it may lie deeper than empty; by one bucket at most, so that nobody waits for longer than two windows.
 */
export function addUse(fleetFullAtMs: number, nowMs: number, { unshared, policy }: KeyUse): number {
  const fullAtMs = Math.max(fleetFullAtMs, nowMs) + unshared * costOf(policy);
  return Math.min(fullAtMs, nowMs + 2 * policy.windowSeconds * 1_000);
}
