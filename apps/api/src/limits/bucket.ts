/**
 * How many requests may come: `quota` at once, and from then on as many again in every `windowSeconds`, evenly. So in no
 * window are there more than twice as many, and over any longer time no more than the rate allows.
 */
export type Policy = { name: string; quota: number; windowSeconds: number };

/** One request at the bucket. `resetMs`: until it is full again, or, where there was nothing left, until one is. */
export type Taken = { isAdmitted: boolean; fullAtMs: number; remaining: number; resetMs: number };

/** Floating point: what comes exactly when it may is not too early, and a second and a billionth is no two seconds. */
export const SLACK_MS = 1e-6;

/**
 * A leaky bucket as one number (GCRA, ITU-T I.371): the moment at which it is full again, which every request that is let
 * through puts further into the future.
 */
export function takeFrom(fullAtMs: number, nowMs: number, policy: Policy): Taken {
  const windowMs = policy.windowSeconds * 1_000;
  const costMs = costOf(policy);
  const nextMs = Math.max(fullAtMs, nowMs) + costMs;
  const leftMs = windowMs - (nextMs - nowMs);
  if (leftMs < -SLACK_MS) return { isAdmitted: false, fullAtMs, remaining: 0, resetMs: -leftMs };
  const remaining = Math.floor((leftMs + SLACK_MS) / costMs);
  return { isAdmitted: true, fullAtMs: nextMs, remaining, resetMs: nextMs - nowMs };
}

/** How much further one request puts the moment at which the bucket is full. */
export function costOf({ quota, windowSeconds }: Policy): number {
  return (windowSeconds * 1_000) / quota;
}
