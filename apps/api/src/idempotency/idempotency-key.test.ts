import { describe, expect, it } from 'vitest';
import { ProblemError } from '../problem.ts';
import { readIdempotencyKey } from './idempotency-key.ts';

describe('readIdempotencyKey', () => {
  it.each([
    [undefined, null],
    ['8e03978e-40d5-43e8-bc93-6894a57f9324', '8e03978e-40d5-43e8-bc93-6894a57f9324'],
    ['"8e03978e-40d5-43e8-bc93-6894a57f9324"', '8e03978e-40d5-43e8-bc93-6894a57f9324'],
    [' order:17/retry=2 ', 'order:17/retry=2'],
    ['"order 17; second, \\"urgent\\" \\\\"', 'order 17; second, "urgent" \\'],
    ['k'.repeat(255), 'k'.repeat(255)],
    [`"${'\\"'.repeat(255)}"`, '"'.repeat(255)],
  ])('takes %j for %j', (header, key) => {
    expect(readIdempotencyKey(header)).toBe(key);
  });

  it.each([
    ['an empty header', ''],
    ['an empty string', '""'],
    ['a blank string', '   '],
    ['one character too many', 'k'.repeat(256)],
    ['one character too many in quotes', `"${'k'.repeat(256)}"`],
    ['two headers, which Node joins', 'a, b'],
    ['two strings', '"a", "b"'],
    ['parameters', '"a";b=1'],
    ['a quote that is not closed', '"a'],
    ['a quote in the middle', 'a"b'],
    ['an escape of nothing', '"a\\b"'],
    ['a space outside quotes', 'a b'],
    ['a tab', '"a\tb"'],
    ['letters beyond ASCII', 'clé'],
    ['a line break', 'a\r\nx: y'],
  ])('refuses %s', (_what, header) => {
    expect(() => readIdempotencyKey(header)).toThrow(ProblemError);
  });
});
