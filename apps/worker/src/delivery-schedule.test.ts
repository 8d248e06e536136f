import { describe, expect, it } from 'vitest';
import { DELIVERY_SCHEDULE_MS, judgeDelivery, quietMsOf, readRetryAfter, releasedForMs } from './delivery-schedule.ts';

/** In the middle of its range: a wait has its nominal length. */
const middle = () => 0.5;
const answer = (status: number | null, retryAfterMs: number | null = null) => ({ status, retryAfterMs });
const after = (tries: number) => ({ tries, schedule: DELIVERY_SCHEDULE_MS, isTest: false });

describe('a delivery that cannot be signed here', () => {
  const left = (ageMs: number, random = middle) =>
    releasedForMs({ occurredAt: new Date(0), now: new Date(ageMs) }, random);

  it('is looked at again soon, and the longer it has waited, the later; not by all workers at once', () => {
    expect([0, 50_000, 600_000].map((ageMs) => left(ageMs))).toEqual([5_000, 5_000, 60_000]);
    expect([left(0, () => 0), left(0, () => 1)]).toEqual([2_500, 7_500]);
  });

  it('is an attempt like any other after an hour', () => {
    expect(left(3_599_999)).not.toBeNull();
    expect(left(3_600_000)).toBeNull();
  });
});

describe('what becomes of a delivery', () => {
  it.each([200, 201, 204, 299])('%i delivers', (status) => {
    expect(judgeDelivery(after(1), answer(status), middle)).toEqual({ kind: 'delivered' });
  });

  it.each([301, 302, 307, 400, 401, 404, 408, 429, 500, 503, null])('%s is tried again', (status) => {
    expect(judgeDelivery(after(1), answer(status), middle)).toEqual({ kind: 'retry', afterMs: 5_000 });
  });

  it('410 ends it: the receiver wants no more of this', () => {
    expect(judgeDelivery(after(1), answer(410), middle)).toEqual({ kind: 'failed', because: 'gone' });
  });

  it('gives up after the tenth attempt, three days later', () => {
    const waits = DELIVERY_SCHEDULE_MS.map((_, index) => judgeDelivery(after(index + 1), answer(500), middle));
    const total = waits.reduce((sum, wait) => sum + (wait.kind === 'retry' ? wait.afterMs : 0), 0);
    expect(total / 3_600_000).toBeCloseTo(75.58, 2);
    const exhausted = { kind: 'failed', because: 'attempts_exhausted' };
    expect(judgeDelivery(after(10), answer(500), middle)).toEqual(exhausted);
    expect(judgeDelivery({ ...after(1), isTest: true }, answer(500), middle)).toEqual(exhausted);
  });

  it('waits as long as the receiver asks, a day at most, and never less than the schedule', () => {
    expect(judgeDelivery(after(1), answer(429, 60_000), middle)).toEqual({ kind: 'retry', afterMs: 60_000 });
    expect(judgeDelivery(after(2), answer(503, 1_000), middle)).toEqual({ kind: 'retry', afterMs: 300_000 });
    expect(judgeDelivery(after(1), answer(503, 1e12), middle)).toEqual({ kind: 'retry', afterMs: 86_400_000 });
  });

  it('spreads a wait over as much time as it takes, from half to one and a half of it', () => {
    expect(judgeDelivery(after(2), answer(500), () => 0)).toEqual({ kind: 'retry', afterMs: 150_000 });
    expect(judgeDelivery(after(2), answer(500), () => 0.999)).toMatchObject({ afterMs: expect.closeTo(449_700, 0) });
  });
});

describe('a receiver that is overloaded', () => {
  it('is left alone altogether for as long as it asks, a day at most', () => {
    expect(quietMsOf(answer(429, 60_000))).toBe(60_000);
    expect(quietMsOf(answer(503, 1e12))).toBe(86_400_000);
  });

  it.each([
    [500, 60_000],
    [429, null],
    [null, null],
  ])('and one that answers %s with Retry-After %s has asked for nothing', (status, retryAfterMs) => {
    expect(quietMsOf(answer(status, retryAfterMs))).toBeNull();
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
