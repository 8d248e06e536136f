import { describe, expect, test } from 'vitest';
import { RETRY_AFTER_MAX_MS, retryAfterMs, streamCut } from './failure.ts';
import { safeText } from './safe-text.ts';

const NOW = Date.parse('2026-11-20T12:00:00Z');

describe('the wait a provider asks for', () => {
  test.each([
    [{ 'retry-after': '2' }, 2_000],
    [{ 'retry-after': '0.25' }, 250],
    [{ 'retry-after': 'Fri, 20 Nov 2026 12:00:30 GMT' }, 30_000],
    [{ 'retry-after': 'Fri, 20 Nov 2026 11:00:00 GMT' }, 0],
    [{ 'retry-after': 'Sat, 20 Nov 2027 12:00:00 GMT' }, RETRY_AFTER_MAX_MS],
    [{ 'retry-after': '86400' }, RETRY_AFTER_MAX_MS],
    [{ 'retry-after-ms': '120.4' }, 121],
    [{ 'retry-after-ms': 'soon', 'retry-after': '3' }, 3_000],
    [{ 'retry-after': 'soon' }, null],
    [{ 'retry-after': '' }, null],
    [{}, null],
  ])('of %o is %s ms', (headers, expected) => {
    expect(retryAfterMs(new Headers(headers), NOW)).toBe(expected);
  });
});

describe("a provider's words", () => {
  const options = { apiKey: 'my-own-key-1234' };
  test.each([
    ['Incorrect API key provided: sk-proj-abc***xyz.', 'Incorrect API key provided: [redacted]'],
    ['key my-own-key-1234 is revoked', 'key [key] is revoked'],
    ['Authorization: Bearer abc.def', 'Authorization: [redacted]'],
    ['masked ab****yz', 'masked [redacted]'],
    ['POST https://user:pass@host/v1 failed', 'POST https://[redacted]host/v1 failed'],
    ['a\u0000b\nc', 'a b c'],
    ['half \ud800', 'half \ufffd'],
    ['max_tokens: 5 is too small', 'max_tokens: 5 is too small'],
  ])('%j are kept as %j', (text, expected) => {
    expect(safeText(text, options)).toBe(expected);
  });

  test('are cut', () => {
    expect(safeText('x'.repeat(100_000), options)).toHaveLength(501);
  });
});

test("an error that is not the connection's is left alone", () => {
  expect(streamCut('openai', new TypeError('x is not a function'))).toBeNull();
});
