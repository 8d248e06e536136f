import { DELIVERY_SCHEDULE_SECONDS } from '@flotilla/core';
import type { DeliveryResult } from '@flotilla/db';

const LONGEST_WAIT_MS = 86_400_000;

export type Answer = { status: number | null; retryAfterMs: number | null };

/**
 * What becomes of a delivery after an attempt. Any 2xx delivers; a redirect is a failure, since the signature was made
 * for this address; 410 means the receiver wants no more of it. Everything else is tried again on the schedule, with
 * up to a fifth of jitter so that a receiver that comes back is not met by all of its backlog at once.
 */
export function judgeDelivery(attempt: number, answer: Answer, random: () => number): DeliveryResult['next'] {
  if (answer.status !== null && answer.status >= 200 && answer.status < 300) return { kind: 'delivered' };
  if (answer.status === 410) return { kind: 'failed' };
  const seconds = DELIVERY_SCHEDULE_SECONDS[attempt - 1];
  if (seconds === undefined) return { kind: 'failed' };
  const waitMs = seconds * 1_000 * (1 + random() / 5);
  return { kind: 'retry', afterMs: Math.min(LONGEST_WAIT_MS, Math.max(waitMs, answer.retryAfterMs ?? 0)) };
}

/** `Retry-After` in seconds or as an HTTP date (RFC 9110 §10.2.3), in milliseconds from `now`; `null` if neither. */
export function readRetryAfter(value: string | null, now: Date): number | null {
  if (value === null) return null;
  const ms = /^\d+$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - now.getTime();
  return Number.isNaN(ms) ? null : Math.max(0, ms);
}
