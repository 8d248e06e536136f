/** Missions that may run at once, and that may lie queued, of an account of the tier that was promised nothing else. */
export const TIERS = {
  free: { maxRunning: 1, maxQueued: 10_000 },
  paid: { maxRunning: 10, maxQueued: 100_000 },
} as const;
export type Tier = keyof typeof TIERS;

export const MAX_RUNNING_MAX = 1_000_000;
export const MAX_QUEUED_MAX = 100_000_000;

/** Printable, without blanks around it; and one that looks like an id could one day mean two accounts. */
export const ACCOUNT_NAME = /^(?!(?:acc|key)_)(?=\S)\P{C}{1,100}(?<=\S)$/u;

export function isTier(text: unknown): text is Tier {
  return typeof text === 'string' && Object.hasOwn(TIERS, text);
}
