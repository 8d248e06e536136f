import { expect, it } from 'vitest';
import { readStopGraceMs } from './stop-grace.ts';

const SHARED = 'export const DRAIN_GRACE_MS = 25_000;\n';

it('adds up an app’s own constants and shared ones', () => {
  const main = 'const CLOSE_GRACE_MS = 3_000;\ncreateLifecycle({ logger, graceMs: DRAIN_GRACE_MS + CLOSE_GRACE_MS });';
  expect(readStopGraceMs(main, SHARED)).toBe(28_000);
});

it('knows an app that does not listen for signals', () => {
  expect(readStopGraceMs('await migrate();', SHARED)).toBeUndefined();
});

it('would rather fail than not know', () => {
  expect(() => readStopGraceMs('createLifecycle({ logger, graceMs: 14_000 })', SHARED)).toThrow('stop-grace.ts');
  expect(() => readStopGraceMs('createLifecycle({ logger, graceMs: GONE_MS })', SHARED)).toThrow('GONE_MS');
});
