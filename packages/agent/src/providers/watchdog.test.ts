import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createWatchdog, type WatchdogOptions } from './watchdog.ts';

const timings = { firstTokenMs: 100, nextTokenMs: 50, reasoningMs: 1_000, totalMs: 2_000 };

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function watch(options: Partial<WatchdogOptions> = {}) {
  const { signal } = new AbortController();
  return createWatchdog({ provider: 'p', timings, signal, thinksUnseen: false, ...options });
}

test('the first token has its own limit', () => {
  const watchdog = watch();
  vi.advanceTimersByTime(99);
  expect(watchdog.signal.aborted).toBe(false);
  vi.advanceTimersByTime(1);
  expect(watchdog.signal.reason).toMatchObject({
    code: 'provider_timeout',
    message: 'p sent no first token for 100 ms',
  });
});

test('a call goes on as long as tokens come, and not on anything else', () => {
  const watchdog = watch();
  for (let token = 0; token < 10; token += 1) {
    vi.advanceTimersByTime(49);
    watchdog.moved('token');
  }
  expect(watchdog.signal.aborted).toBe(false);
  vi.advanceTimersByTime(49);
  watchdog.moved('none');
  vi.advanceTimersByTime(1);
  expect(watchdog.signal.reason).toMatchObject({ message: 'p sent no new token for 50 ms' });
});

test('thinking that is not shown gets the longer limit until the next token', () => {
  const watchdog = watch();
  watchdog.moved('thinking');
  vi.advanceTimersByTime(999);
  expect(watchdog.signal.aborted).toBe(false);
  watchdog.moved('token');
  vi.advanceTimersByTime(50);
  expect(watchdog.signal.aborted).toBe(true);
});

test('a model that thinks unseen before its first token gets the longer limit for it', () => {
  const watchdog = watch({ thinksUnseen: true });
  vi.advanceTimersByTime(999);
  expect(watchdog.signal.aborted).toBe(false);
  vi.advanceTimersByTime(1);
  expect(watchdog.signal.aborted).toBe(true);
});

test('the limit on the whole call holds however many tokens come', () => {
  const watchdog = watch();
  for (let at = 0; at < 2_000; at += 40) {
    watchdog.moved('token');
    vi.advanceTimersByTime(40);
  }
  expect(watchdog.signal.reason).toMatchObject({ message: 'p had not finished after 2000 ms' });
});

test('an abort by the caller comes through with its reason', async () => {
  const controller = new AbortController();
  const watchdog = watch({ signal: controller.signal });
  controller.abort('cancelled');
  expect(watchdog.signal.reason).toBe('cancelled');
  await expect(watchdog.aborted).rejects.toBe('cancelled');
});

test('nothing is left behind when it stops', () => {
  const watchdog = watch();
  watchdog.moved('token');
  watchdog.stop();
  expect(vi.getTimerCount()).toBe(0);
});
