import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { LogFields } from './logger.ts';
import { createThrottledLog } from './throttled-log.ts';

function recording() {
  const logged: [string, LogFields | undefined][] = [];
  const log = createThrottledLog({ log: (message, fields) => logged.push([message, fields]), everyMs: 1_000 });
  return { log, logged };
}

describe('a throttled log', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('logs the first of a storm at once, and then one line per interval with the count of the rest', () => {
    const { log, logged } = recording();
    for (let at = 0; at < 5_500; at += 1) log('redis', 'redis is away', { at });
    expect(logged).toEqual([['redis is away', { at: 0 }]]);
    vi.advanceTimersByTime(1_000);
    expect(logged.at(-1)).toEqual(['redis is away', { at: 5_499, suppressed: 5_499 }]);
    log('redis', 'redis is away', { at: 5_500 });
    expect(logged).toHaveLength(2);
    vi.advanceTimersByTime(1_000);
    expect(logged.at(-1)).toEqual(['redis is away', { at: 5_500, suppressed: 1 }]);
  });

  it('logs at once again after a quiet interval', () => {
    const { log, logged } = recording();
    log('a', 'first');
    vi.advanceTimersByTime(1_000);
    log('a', 'second');
    expect(logged.map(([message]) => message)).toEqual(['first', 'second']);
  });

  it('keeps keys apart', () => {
    const { log, logged } = recording();
    log('a', 'a');
    log('b', 'b');
    expect(logged).toHaveLength(2);
  });

  it('holds a bounded number of keys, and throttles the rest together', () => {
    const { log, logged } = recording();
    for (let at = 0; at < 5_000; at += 1) log(`error ${at}`, 'x');
    expect(logged.length).toBeLessThan(1_010);
  });

  it('reports what it held back when it is flushed', () => {
    const { log, logged } = recording();
    log('a', 'x');
    log('a', 'x');
    log.flush();
    expect(logged.at(-1)).toEqual(['x', { suppressed: 1 }]);
    expect(vi.getTimerCount()).toBe(0);
  });
});
