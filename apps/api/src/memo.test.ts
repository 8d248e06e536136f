import { describe, expect, it } from 'vitest';
import { createMemo } from './memo.ts';

function createCounted(options: { ttlMs?: number; maxEntries?: number } = {}) {
  let at = 0;
  const loaded: string[] = [];
  const memo = createMemo<string | null>({
    ttlMs: options.ttlMs ?? 5_000,
    maxEntries: options.maxEntries ?? 10,
    now: () => at,
  });
  async function load(key: string): Promise<string | null> {
    loaded.push(key);
    if (key === 'broken') throw new Error('no answer');
    return key === 'nobody' ? null : `value of ${key}`;
  }
  return { memo: { get: (key: string) => memo.get(key, () => load(key)) }, loaded, pass: (ms: number) => (at += ms) };
}

describe('createMemo', () => {
  it('asks again once the answer is as old as the time to live', async () => {
    const { memo, loaded, pass } = createCounted({ ttlMs: 5_000 });
    await memo.get('a');
    pass(4_999);
    expect(await memo.get('a')).toBe('value of a');
    expect(loaded).toEqual(['a']);
    pass(1);
    await memo.get('a');
    expect(loaded).toEqual(['a', 'a']);
  });

  it('is not kept young by being asked often', async () => {
    const { memo, loaded, pass } = createCounted({ ttlMs: 5_000 });
    for (let second = 0; second < 10; second++) {
      await memo.get('a');
      pass(1_000);
    }
    expect(loaded).toEqual(['a', 'a']);
  });

  it('remembers that there is nothing', async () => {
    const { memo, loaded } = createCounted();
    expect(await memo.get('nobody')).toBeNull();
    expect(await memo.get('nobody')).toBeNull();
    expect(loaded).toEqual(['nobody']);
  });

  it('asks once for callers that come together', async () => {
    const { memo, loaded } = createCounted();
    await Promise.all([memo.get('a'), memo.get('a'), memo.get('a')]);
    expect(loaded).toEqual(['a']);
  });

  it('does not remember a failure', async () => {
    const { memo, loaded } = createCounted();
    await expect(memo.get('broken')).rejects.toThrow('no answer');
    await expect(memo.get('broken')).rejects.toThrow('no answer');
    expect(loaded).toEqual(['broken', 'broken']);
  });

  it('pushes out what was longest not asked for', async () => {
    const { memo, loaded } = createCounted({ maxEntries: 2 });
    for (const key of ['used', 'unused', 'used', 'new', 'used']) await memo.get(key);
    expect(loaded).toEqual(['used', 'unused', 'new']);
  });
});
