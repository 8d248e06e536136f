import { expect, it } from 'vitest';
import { createWatchdog } from './watchdog.ts';

const silent = (at: number) => ({ at, fetchedAt: 0, hasFreeSlots: true });

it('calls a consumer deaf when bells wait in two sightings and nothing was fetched', () => {
  const watchdog = createWatchdog({ deafAfterMs: 10 });
  expect(watchdog.wantsDepth(silent(10))).toBe(true);
  expect(watchdog.isDeaf(silent(10), 3)).toBe(false);
  expect(watchdog.isDeaf(silent(15), 3)).toBe(true);
});

it('does not ask about a consumer that is full or fetched lately', () => {
  const watchdog = createWatchdog({ deafAfterMs: 10 });
  expect(watchdog.wantsDepth({ at: 50, fetchedAt: 0, hasFreeSlots: false })).toBe(false);
  expect(watchdog.wantsDepth({ at: 50, fetchedAt: 45, hasFreeSlots: true })).toBe(false);
});

it.each([0, undefined])('is calmed by a depth of %s', (depth) => {
  const watchdog = createWatchdog({ deafAfterMs: 10 });
  watchdog.isDeaf(silent(10), 3);
  watchdog.isDeaf(silent(15), depth);
  expect(watchdog.isDeaf(silent(20), 3)).toBe(false);
});

it('starts again after a fetch', () => {
  const watchdog = createWatchdog({ deafAfterMs: 10 });
  watchdog.isDeaf(silent(10), 3);
  watchdog.wantsDepth({ at: 15, fetchedAt: 12, hasFreeSlots: true });
  expect(watchdog.isDeaf({ at: 30, fetchedAt: 12, hasFreeSlots: true }, 3)).toBe(false);
});
