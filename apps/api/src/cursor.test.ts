import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createCursor, numberPosition, positionOfParts, readCursor } from './cursor.ts';
import { ProblemError } from './problem.ts';

function codeOf(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    return error instanceof ProblemError ? error.code : 'another error';
  }
  return 'no error';
}

const text = z.string();
const parts = positionOfParts(z.tuple([z.string(), z.int()]));

describe('cursor', () => {
  it('gives back the position it was made of', () => {
    expect(readCursor('missions', createCursor('missions', 'mis_0193'), text)).toBe('mis_0193');
    expect(readCursor('events', createCursor('events', 42), numberPosition)).toBe(42);
    expect(readCursor('usage', createCursor('usage', '["a",1]'), parts)).toEqual(['a', 1]);
  });

  it('is refused by another list', () => {
    expect(codeOf(() => readCursor('steps', createCursor('events', 42), numberPosition))).toBe('invalid_cursor');
  });

  it('is refused where it was forged with what is no position of its list', () => {
    for (const position of ['42', 2_147_483_648, Number.MAX_SAFE_INTEGER]) {
      expect(codeOf(() => readCursor('events', createCursor('events', position), numberPosition))).toBe(
        'invalid_cursor',
      );
    }
    for (const position of ['', '[', '["a"]', '["a","1"]', 7]) {
      expect(codeOf(() => readCursor('usage', createCursor('usage', position), parts))).toBe('invalid_cursor');
    }
  });

  it('is refused when any of its characters was changed', () => {
    const cursor = createCursor('missions', 'mis_0193');
    for (let at = 0; at < cursor.length; at++) {
      const changed = `${cursor.slice(0, at)}${cursor[at] === 'A' ? 'B' : 'A'}${cursor.slice(at + 1)}`;
      // The last character of base64 may hold bits that mean nothing.
      const same = Buffer.from(changed, 'base64url').equals(Buffer.from(cursor, 'base64url'));
      expect(same || codeOf(() => readCursor('missions', changed, text)) === 'invalid_cursor').toBe(true);
    }
  });

  it.each([
    '',
    'x',
    '%00',
    "' OR 1=1--",
    Buffer.from('null').toString('base64url'),
    Buffer.from('["missions"]').toString('base64url'),
    Buffer.from('["missions",-1,"abcdef"]').toString('base64url'),
    Buffer.from('["missions",{"$gt":""},"abcdef"]').toString('base64url'),
    createCursor('missions', 'mis_0193').slice(0, -2),
    'A'.repeat(10_000),
  ])('refuses %j', (cursor) => {
    expect(codeOf(() => readCursor('missions', cursor, text))).toBe('invalid_cursor');
  });
});
