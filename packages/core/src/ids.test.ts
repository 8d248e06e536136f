import { describe, expect, it } from 'vitest';
import { createId, firstIdAt, isId } from './ids.ts';

describe('an id', () => {
  it('says what it belongs to, is unique, and is never taken for another kind', () => {
    const ids = Array.from({ length: 100 }, () => createId('mission'));
    expect(new Set(ids).size).toBe(100);
    expect(ids.every((id) => isId('mission', id) && !isId('delivery', id))).toBe(true);
  });

  it('sorts by the millisecond it was made in', async () => {
    const earlier = createId('mission');
    await new Promise((resolve) => setTimeout(resolve, 3));
    expect(createId('mission') > earlier).toBe(true);
  });

  it('sorts around the moments it is compared with', () => {
    const before = new Date();
    const id = createId('mission');
    expect(isId('mission', firstIdAt('mission', before))).toBe(true);
    expect(firstIdAt('mission', before) <= id).toBe(true);
    expect(firstIdAt('mission', new Date(Date.now() + 1)) > id).toBe(true);
  });

  it.each(['', 'mis_', 'mis_1', `mis_${'g'.repeat(32)}`, `mis_${'0'.repeat(33)}`, `mis_${'A'.repeat(32)}`, 'mis:1'])(
    'is not %j',
    (value) => expect(isId('mission', value)).toBe(false),
  );
});
