import { describe, expect, it } from 'vitest';
import { createRecent } from './recent.ts';

/** Which of these keys are made when they are asked for one after the other. */
function madeOf(keys: string[], bounds: { max: number; maxChars: number }): string[] {
  const made: string[] = [];
  const recent = createRecent<string>(bounds);
  for (const key of keys) {
    expect(
      recent.get(key, () => {
        made.push(key);
        return key;
      }),
    ).toBe(key);
  }
  return made;
}

describe('what was made last', () => {
  it('is kept, and what was longest not asked for goes first', () => {
    expect(madeOf(['a', 'b', 'a', 'c', 'a', 'b'], { max: 2, maxChars: 100 })).toEqual(['a', 'b', 'c', 'b']);
  });

  it('is kept no further than its keys have room', () => {
    expect(madeOf(['aaa', 'bb', 'aaa', 'cccc', 'aaa'], { max: 9, maxChars: 6 })).toEqual(['aaa', 'bb', 'cccc', 'aaa']);
    expect(madeOf(['too long', 'too long'], { max: 9, maxChars: 6 })).toEqual(['too long', 'too long']);
  });
});
