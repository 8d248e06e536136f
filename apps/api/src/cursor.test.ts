import { describe, expect, it } from 'vitest';
import { createCursor, readCursor } from './cursor.ts';
import { ProblemError } from './problem.ts';

function codeOf(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    return error instanceof ProblemError ? error.code : 'another error';
  }
  return 'no error';
}

describe('cursor', () => {
  it('gives back the position it was made of', () => {
    expect(readCursor('missions', createCursor('missions', 'mis_0193'))).toBe('mis_0193');
    expect(readCursor('events', createCursor('events', 42))).toBe(42);
  });

  it('is refused by another list', () => {
    expect(codeOf(() => readCursor('steps', createCursor('events', 42)))).toBe('invalid_cursor');
  });

  it('is refused when any of its characters was changed', () => {
    const cursor = createCursor('missions', 'mis_0193');
    for (let at = 0; at < cursor.length; at++) {
      const changed = `${cursor.slice(0, at)}${cursor[at] === 'A' ? 'B' : 'A'}${cursor.slice(at + 1)}`;
      // The last character of base64 may hold bits that mean nothing.
      const same = Buffer.from(changed, 'base64url').equals(Buffer.from(cursor, 'base64url'));
      expect(same || codeOf(() => readCursor('missions', changed)) === 'invalid_cursor').toBe(true);
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
    expect(codeOf(() => readCursor('missions', cursor))).toBe('invalid_cursor');
  });
});
