import { describe, expect, it } from 'vitest';
import { createBatcher } from './batcher.ts';

type Item = { key: string; value: number; size?: number };

function setUp(
  options: { maxRows?: number; maxBytes?: number; fails?: (items: Item[]) => Error | null; isShared?: boolean } = {},
) {
  const batches: Item[][] = [];
  const send = createBatcher<Item, number>({
    async run(items) {
      batches.push(items);
      await new Promise(setImmediate);
      const error = options.fails?.(items);
      if (error) throw error;
      return items.map((item) => item.value * 10);
    },
    keyOf: (item) => item.key,
    sizeOf: (item) => item.size ?? 1,
    maxRows: options.maxRows ?? 100,
    maxBytes: options.maxBytes ?? 1_000,
    isShared: () => options.isShared ?? false,
  });
  return { send, batches, sizes: () => batches.map((batch) => batch.length) };
}

const items = (count: number): Item[] => Array.from({ length: count }, (_, value) => ({ key: `k${value}`, value }));

describe('the batcher', () => {
  it('sends calls made side by side as one batch and answers each with its own outcome', async () => {
    const { send, sizes } = setUp();
    expect(await Promise.all(items(5).map(send))).toEqual([0, 10, 20, 30, 40]);
    expect(sizes()).toEqual([5]);
  });

  it('sends what came while a batch was in flight as the next one', async () => {
    const { send, sizes } = setUp();
    const first = send({ key: 'a', value: 1 });
    await new Promise(process.nextTick);
    await Promise.resolve();
    const rest = items(3).map(send);
    await Promise.all([first, ...rest]);
    expect(sizes()).toEqual([1, 3]);
  });

  it('never puts two items of one key into a batch, and keeps their order', async () => {
    const { send, batches } = setUp();
    const calls = [1, 2, 3].map((value) => send({ key: 'same', value }));
    const other = send({ key: 'other', value: 9 });
    expect(await Promise.all([...calls, other])).toEqual([10, 20, 30, 90]);
    expect(batches.map((batch) => batch.map((item) => item.value))).toEqual([[1, 9], [2], [3]]);
  });

  it('bounds a batch in rows and in bytes, but lets a single large item through', async () => {
    const byRows = setUp({ maxRows: 4 });
    await Promise.all(items(10).map(byRows.send));
    expect(byRows.sizes()).toEqual([4, 4, 2]);
    const byBytes = setUp({ maxBytes: 10 });
    await Promise.all([5, 5, 50, 1].map((size, value) => byBytes.send({ key: `${value}`, value, size })));
    expect(byBytes.batches.map((batch) => batch.map((item) => item.size))).toEqual([[5, 5], [50], [1]]);
  });

  it('tries a failed batch again one by one, so that only what cannot be written fails', async () => {
    const { send } = setUp({
      fails: (batch) => (batch.some((item) => item.value === 2) ? new Error('bad row') : null),
    });
    const outcomes = await Promise.allSettled(items(4).map(send));
    expect(outcomes.map((outcome) => outcome.status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
  });

  it('does not repeat a batch one by one when the connection failed', async () => {
    const { send, sizes } = setUp({ fails: () => new Error('gone'), isShared: true });
    const outcomes = await Promise.allSettled(items(4).map(send));
    expect(outcomes.every((outcome) => outcome.status === 'rejected')).toBe(true);
    expect(sizes()).toEqual([4]);
  });
});
