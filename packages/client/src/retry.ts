/** How long to wait before a retry, doubling from the first to the most. */
const FIRST_MS = 500;
const MOST_MS = 8_000;
/** Who is asked to wait for longer is told so instead, and may come back by itself. */
const RETRY_AFTER_MAX_MS = 60_000;

/** `Retry-After` (RFC 9110 §10.2.3), seconds or a date, in milliseconds from now; `null` where there is none. */
export function readRetryAfter(header: string | null, now = Date.now()): number | null {
  if (header === null) return null;
  if (/^\d{1,9}$/.test(header.trim())) return Number(header) * 1_000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? null : Math.max(0, at - now);
}

/**
 * How long to wait before the `retry`-th try again (from 0), in milliseconds; `null`: longer than a caller should be
 * kept. Spread over the whole range, on top of what was asked for: those that were turned away together come back apart.
 */
export function delayBefore(
  retry: number,
  { retryAfterMs, random }: { retryAfterMs: number | null; random: () => number },
): number | null {
  const asked = retryAfterMs ?? 0;
  if (asked > RETRY_AFTER_MAX_MS) return null;
  return asked + random() * Math.min(MOST_MS, FIRST_MS * 2 ** retry);
}
