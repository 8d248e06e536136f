/**
 * Coalesced commits. Calls made while a batch is in flight travel together in the next one, as one multi-row statement
 * and one commit. Idle, a call leaves at once; busy, hundreds share a commit. This is where the speed comes from.
 *
 * What makes it safe:
 * - At most one item per key (a mission) travels in a batch; a second waits for the next. `UPDATE … FROM` applies one
 *   row per target and would drop the other without a word.
 * - `run` answers item by item, in the order given. One item's outcome never becomes another's.
 * - A batch that failed is tried again one by one, so that a row that cannot be written fails alone.
 * - What travels is bounded in rows and bytes. What waits is bounded by its callers: a worker's slots, an API's requests.
 */
export type BatcherOptions<Item, Outcome> = {
  run(items: Item[]): Promise<Outcome[]>;
  keyOf(item: Item): string;
  /** Bytes an item weighs in a statement, roughly. */
  sizeOf(item: Item): number;
  maxRows: number;
  maxBytes: number;
  /** A failure of the connection rather than of a row: every item of the batch shares it. */
  isShared(error: unknown): boolean;
  /** Told of every batch that came back, the single ones of a failed batch too. */
  onSent?(sent: Sent): void;
};

/** One statement, from its sending to its outcome. */
export type Sent = { rows: number; durationMs: number; outcome: 'ok' | 'failed' };

type Waiting<Item, Outcome> = {
  item: Item;
  resolve(outcome: Outcome): void;
  reject(error: unknown): void;
};

export function createBatcher<Item, Outcome>(options: BatcherOptions<Item, Outcome>): (item: Item) => Promise<Outcome> {
  let waiting: Waiting<Item, Outcome>[] = [];
  let inFlight = false;

  function take(): Waiting<Item, Outcome>[] {
    const batch: Waiting<Item, Outcome>[] = [];
    const left: Waiting<Item, Outcome>[] = [];
    const keys = new Set<string>();
    let bytes = 0;
    for (const call of waiting) {
      const key = options.keyOf(call.item);
      const size = options.sizeOf(call.item);
      const fits = batch.length === 0 || (batch.length < options.maxRows && bytes + size <= options.maxBytes);
      if (fits && !keys.has(key)) {
        batch.push(call);
        bytes += size;
      } else {
        left.push(call);
      }
      // Left behind or taken, a key is closed: an item never overtakes an earlier one of its own mission.
      keys.add(key);
    }
    waiting = left;
    return batch;
  }

  async function run(items: Item[]): Promise<Outcome[]> {
    const sentAt = performance.now();
    const told = (outcome: Sent['outcome']) =>
      options.onSent?.({ rows: items.length, durationMs: performance.now() - sentAt, outcome });
    try {
      const outcomes = await options.run(items);
      told('ok');
      return outcomes;
    } catch (error) {
      told('failed');
      throw error;
    }
  }

  async function send(batch: Waiting<Item, Outcome>[]): Promise<void> {
    try {
      const outcomes = await run(batch.map((call) => call.item));
      for (const [index, call] of batch.entries()) {
        const outcome = outcomes[index];
        if (outcome === undefined) {
          call.reject(new Error('the statement gave no outcome for this item'));
        } else {
          call.resolve(outcome);
        }
      }
    } catch (error) {
      if (batch.length === 1 || options.isShared(error)) {
        for (const call of batch) {
          call.reject(error);
        }
      } else {
        for (const call of batch) {
          await send([call]);
        }
      }
    }
  }

  async function drain(): Promise<void> {
    while (waiting.length > 0) {
      await send(take());
    }
    inFlight = false;
  }

  return (item) =>
    new Promise<Outcome>((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (!inFlight) {
        inFlight = true;
        // One microtask later, so that calls made side by side share the first batch too.
        queueMicrotask(() => void drain());
      }
    });
}
