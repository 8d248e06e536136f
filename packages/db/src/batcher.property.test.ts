import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBatcher } from './batcher.ts';
import { outcomesOf } from './steps/commit-response.ts';

const MAX_ROWS = 4;
const MAX_BYTES = 20;

/** One call: made after so many turns of the event loop, over its key's own running total. */
type Call = { key: string; add: number; size: number; isBad: boolean; afterTurns: number };

const call: fc.Arbitrary<Call> = fc.record({
  key: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
  add: fc.integer({ min: 1, max: 9 }),
  size: fc.integer({ min: 0, max: 25 }),
  isBad: fc.nat(7).map((draw) => draw === 0),
  afterTurns: fc.nat(6),
});
const calls = fc.array(call, { maxLength: 40, size: 'max' });
const pace = fc.array(fc.nat(4), { minLength: 1, maxLength: 10 });

const turns = async (count: number): Promise<void> => {
  for (let turn = 0; turn < count; turn++) await new Promise(setImmediate);
};

/** A statement over a table of totals: all or nothing, and blind to a second row for the same key. */
function createTable(pauses: readonly number[], isShared: boolean) {
  const totals = new Map<string, number>();
  const batches: Call[][] = [];
  let open = 0;
  return {
    totals,
    batches,
    send: createBatcher<Call, number>({
      async run(items) {
        open += 1;
        if (open > 1) throw new Error('two batches at once');
        await turns(pauses[batches.length % pauses.length] ?? 0);
        open -= 1;
        batches.push(items);
        if (items.some((item) => item.isBad)) throw new Error('a row that cannot be written');
        for (const item of items) totals.set(item.key, (totals.get(item.key) ?? 0) + item.add);
        return items.map((item) => totals.get(item.key) ?? -1);
      },
      keyOf: (item) => item.key,
      sizeOf: (item) => item.size,
      maxRows: MAX_ROWS,
      maxBytes: MAX_BYTES,
      isShared: () => isShared,
    }),
  };
}

/** Makes the calls, each in its turn, and tells in which order they were made and what each came to. */
async function makeAll(send: (item: Call) => Promise<number>, made: readonly Call[]) {
  const order: Call[] = [];
  const outcomes = new Map<Call, number | 'failed'>();
  await Promise.all(
    made.map(async (one) => {
      await turns(one.afterTurns);
      order.push(one);
      try {
        outcomes.set(one, await send(one));
      } catch {
        outcomes.set(one, 'failed');
      }
    }),
  );
  return { order, outcomes };
}

describe('a burst of calls, some of them over the same mission,', () => {
  it('comes to the same outcomes and the same rows as one call at a time', async () => {
    await fc.assert(
      fc.asyncProperty(calls, pace, async (made, pauses) => {
        const table = createTable(pauses, false);
        const { order, outcomes } = await makeAll(table.send, made);
        const totals = new Map<string, number>();
        for (const one of order) {
          if (!one.isBad) totals.set(one.key, (totals.get(one.key) ?? 0) + one.add);
          expect(outcomes.get(one)).toBe(one.isBad ? 'failed' : totals.get(one.key));
        }
        expect(table.totals).toEqual(totals);
      }),
    );
  });

  it('travels in batches that are bounded, hold a key once, and keep the order of each key', async () => {
    await fc.assert(
      fc.asyncProperty(calls, pace, async (made, pauses) => {
        const { send, batches } = createTable(pauses, true);
        const { order } = await makeAll(send, made);
        for (const batch of batches) {
          const bytes = batch.reduce((sum, item) => sum + item.size, 0);
          expect(batch.length).toBeGreaterThan(0);
          expect(batch.length).toBeLessThanOrEqual(MAX_ROWS);
          expect(batch.length === 1 || bytes <= MAX_BYTES).toBe(true);
          expect(new Set(batch.map((item) => item.key)).size).toBe(batch.length);
        }
        // A connection that failed is shared by its batch and not tried again: every call travelled exactly once.
        const byKey = (items: Call[]) => Map.groupBy(items, (item) => item.key);
        expect(byKey(batches.flat())).toEqual(byKey(order));
      }),
    );
  });

  it('leaves no call waiting when every statement fails', async () => {
    await fc.assert(
      fc.asyncProperty(calls, pace, fc.boolean(), async (made, pauses, isShared) => {
        const bad = made.map((one) => ({ ...one, isBad: true }));
        const { outcomes } = await makeAll(createTable(pauses, isShared).send, bad);
        expect([...outcomes.values()]).toEqual(bad.map(() => 'failed'));
      }),
    );
  });
});

describe('the outcome of a write', () => {
  it('is its own attempt’s: what a successor committed is not a zombie’s success', () => {
    const owner = fc.record({ missionId: fc.constantFrom('m1', 'm2'), attempt: fc.integer({ min: 1, max: 3 }) });
    fc.assert(
      fc.property(fc.array(owner), fc.array(owner), (items, rows) => {
        const isCommitted = (item: (typeof items)[number]) =>
          rows.some((row) => row.missionId === item.missionId && row.attempt === item.attempt);
        expect(outcomesOf(items, rows)).toEqual(items.map((item) => (isCommitted(item) ? 'committed' : 'fenced')));
      }),
    );
  });
});
