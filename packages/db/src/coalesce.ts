import { createBatcher, type Sent } from './batcher.ts';
import { isUnavailable } from './errors.ts';
import { ROW_WEIGHT } from './weights.ts';

const BATCH_ROWS = 500;
const BATCH_BYTES = 4_000_000;

/** A batch that came back. `kind`: what was written, such as `claim`; there is a handful of them. */
export type Batch = Sent & { kind: string };

export type Coalesced = ReturnType<typeof createCoalesced>;

/** Makes the batchers of one database: each call of what comes out shares its commit with others of its kind. */
export function createCoalesced(onBatch: ((batch: Batch) => void) | undefined) {
  return function coalesced(kind: string, maxRows = BATCH_ROWS) {
    return <Item extends object, Outcome>(
      run: (items: Item[]) => Promise<Outcome[]>,
      keyOf: (item: Item) => string,
      sizeOf: (item: Item) => number = () => ROW_WEIGHT,
    ): ((item: Item) => Promise<Outcome>) =>
      createBatcher({
        run,
        keyOf,
        sizeOf,
        maxRows,
        maxBytes: BATCH_BYTES,
        isShared: isUnavailable,
        ...(onBatch && { onSent: (sent) => onBatch({ kind, ...sent }) }),
      });
  };
}
