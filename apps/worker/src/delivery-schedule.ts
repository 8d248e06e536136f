import { DELIVERY_SCHEDULE_SECONDS, DELIVERY_WAIT_MAX_MS } from '@flotilla/core';
import type { DeliveryResult } from '@flotilla/db';

/** The waits between a delivery's attempts, in milliseconds: Standard Webhooks' example, ten attempts over three days. */
export const DELIVERY_SCHEDULE_MS: readonly number[] = DELIVERY_SCHEDULE_SECONDS.map((seconds) => seconds * 1_000);

export type Answer = { status: number | null; retryAfterMs: number | null };

/**
 * What becomes of a delivery after its `tries`-th attempt. Any 2xx delivers; a redirect is a failure, since the signature
 * was made for this address; 410 means the receiver wants no more of it. Everything else is tried again on the schedule.
 *
 * A wait is drawn evenly from half to one and a half times its length: spread over as much time as it takes (full
 * jitter), so that a receiver that comes back is met by its backlog bit by bit, and with the schedule's length kept on
 * the whole.
 */
export function judgeDelivery(
  { tries, schedule, isTest }: { tries: number; schedule: readonly number[]; isTest: boolean },
  answer: Answer,
  random: () => number,
): DeliveryResult['next'] {
  if (answer.status !== null && answer.status >= 200 && answer.status < 300) return { kind: 'delivered' };
  if (answer.status === 410) return { kind: 'failed', because: 'gone' };
  const waitMs = isTest ? undefined : schedule[tries - 1];
  if (waitMs === undefined) return { kind: 'failed', because: 'attempts_exhausted' };
  const spreadMs = waitMs * (0.5 + random());
  return { kind: 'retry', afterMs: Math.max(spreadMs, Math.min(answer.retryAfterMs ?? 0, DELIVERY_WAIT_MAX_MS)) };
}

/** Longer than any roll-out. */
const LEFT_TO_OTHERS_FOR_MS = 3_600_000;
const RELEASED_AT_LEAST_MS = 5_000;
const RELEASED_SHARE = 0.1;

/**
 * For how long a delivery that this worker cannot sign is left before anybody looks at it again: the longer the older it
 * is. `null`: it has been left for long enough, and what cannot be signed is an attempt that failed, as any other.
 */
export function releasedForMs(
  { occurredAt, now }: { occurredAt: Date; now: Date },
  random: () => number,
): number | null {
  const ageMs = new Date(now).getTime() - new Date(occurredAt).getTime();
  if (ageMs >= LEFT_TO_OTHERS_FOR_MS) return null;
  return Math.max(RELEASED_AT_LEAST_MS, ageMs * RELEASED_SHARE) * (0.5 + random());
}

/** Who answers one of these with a Retry-After speaks of all that comes, not of one delivery (RFC 6585 §4, RFC 9110 §15.6.4). */
const OVERLOADED = new Set([429, 503]);

/** For how long a receiver has asked for nothing more; `null`: it has not. */
export function quietMsOf({ status, retryAfterMs }: Answer): number | null {
  if (status === null || !OVERLOADED.has(status) || retryAfterMs === null) return null;
  return Math.min(retryAfterMs, DELIVERY_WAIT_MAX_MS);
}

/** `Retry-After` in seconds or as an HTTP date (RFC 9110 §10.2.3), in milliseconds from `now`; `null` if neither. */
export function readRetryAfter(value: string | null, now: Date): number | null {
  if (value === null) return null;
  const ms = /^\d+$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - now.getTime();
  return Number.isNaN(ms) ? null : Math.max(0, ms);
}
