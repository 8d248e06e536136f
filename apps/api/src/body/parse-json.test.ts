import { describe, expect, it } from 'vitest';
import { ProblemError } from '../problem.ts';
import { parseJson } from './parse-json.ts';

function problemOf(bytes: Buffer): ProblemError {
  try {
    parseJson(bytes);
  } catch (error) {
    if (error instanceof ProblemError) return error;
    throw error;
  }
  throw new Error('it was parsed');
}

describe('parseJson', () => {
  it('gives the value', () => {
    expect(parseJson(Buffer.from(' {"a":[1,"é\\u00e9"]} '))).toEqual({ a: [1, 'éé'] });
  });

  it.each([
    ['nothing', ''],
    ['blanks', ' '.repeat(100)],
    ['a cut document', '{"goal": "x'],
    ['a trailing comma', '{"goal": "x",}'],
    ['a comment', '{"goal": "x"} // why not'],
    ['NaN', '{"goal": NaN}'],
    ['Infinity', '{"goal": -Infinity}'],
    ['two documents', '{"goal": "x"}{"goal": "y"}'],
    ['single quotes', "{'goal': 'x'}"],
    ['a leading zero', '{"a": 01}'],
    ['a raw control character', '{"goal": "a\u0000b"}'],
    ['a byte order mark', '\ufeff{"goal": "x"}'],
  ])('refuses %s', (_what, text) => {
    expect(problemOf(Buffer.from(text)).code).toBe('invalid_json');
  });

  it.each([
    ['an overlong encoding', Buffer.from([0x22, 0xc0, 0x80, 0x22])],
    ['a surrogate in UTF-8', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22])],
    ['UTF-16', Buffer.from('{"goal":"x"}', 'utf16le')],
    ['a cut character', Buffer.from([0x22, 0xe2, 0x82, 0x22])],
  ])('refuses %s', (_what, bytes) => {
    expect(problemOf(bytes).code).toBe('invalid_json');
  });

  it('says where, when the parser does', () => {
    expect(problemOf(Buffer.from('{"goal": "x",}')).message).toMatch(/ at position 13\.$/);
  });

  it('does not repeat what was sent', () => {
    expect(problemOf(Buffer.from('{"goal": hunter2}')).message).not.toContain('hunter2');
  });
});
