import { DELIVERY_SCHEDULE_SECONDS } from '@flotilla/core';
import { describe, expect, it } from 'vitest';
import { judgeDelivery, readRetryAfter } from './delivery-schedule.ts';

const noJitter = () => 0;
const answer = (status: number | null, retryAfterMs: number | null = null) => ({ status, retryAfterMs });

describe('what becomes of a delivery', () => {
  it.each([200, 201, 204, 299])('%i delivers', (status) => {
    expect(judgeDelivery(1, answer(status), noJitter)).toEqual({ kind: 'delivered' });
  });

  it.each([301, 302, 307, 400, 401, 404, 408, 429, 500, 503, null])('%s is tried again', (status) => {
    expect(judgeDelivery(1, answer(status), noJitter)).toEqual({ kind: 'retry', afterMs: 5_000 });
  });

  it('410 ends it: the receiver wants no more of this', () => {
    expect(judgeDelivery(1, answer(410), noJitter)).toEqual({ kind: 'failed' });
  });

  it('gives up after the tenth attempt, three days later', () => {
    const attempts = DELIVERY_SCHEDULE_SECONDS.length + 1;
    expect(attempts).toBe(10);
    expect(judgeDelivery(attempts - 1, answer(500), noJitter)).toMatchObject({ kind: 'retry' });
    expect(judgeDelivery(attempts, answer(500), noJitter)).toEqual({ kind: 'failed' });
  });

  it('waits as long as the receiver asks, a day at most, and never less than the schedule', () => {
    expect(judgeDelivery(1, answer(429, 60_000), noJitter)).toEqual({ kind: 'retry', afterMs: 60_000 });
    expect(judgeDelivery(2, answer(503, 1_000), noJitter)).toEqual({ kind: 'retry', afterMs: 300_000 });
    expect(judgeDelivery(1, answer(503, 1e12), noJitter)).toEqual({ kind: 'retry', afterMs: 86_400_000 });
  });

  it('spreads retries by up to a fifth', () => {
    expect(judgeDelivery(1, answer(500), () => 0.999)).toMatchObject({ afterMs: expect.closeTo(5_999, 0) });
  });
});

describe('Retry-After', () => {
  const now = new Date('2026-01-01T00:00:00Z');

  it('is read as seconds and as an HTTP date', () => {
    expect(readRetryAfter('120', now)).toBe(120_000);
    expect(readRetryAfter('Thu, 01 Jan 2026 00:01:00 GMT', now)).toBe(60_000);
    expect(readRetryAfter('Thu, 01 Jan 2025 00:01:00 GMT', now)).toBe(0);
  });

  it('that is neither is no wait at all', () => {
    expect(readRetryAfter('soon', now)).toBeNull();
    expect(readRetryAfter(null, now)).toBeNull();
  });
});
