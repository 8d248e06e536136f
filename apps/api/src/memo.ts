export type Memo<Value> = {
  /** What is remembered under `key`, or else what `load` gives. */
  get(key: string, load: () => Promise<Value>): Promise<Value>;
};

export type MemoOptions = {
  maxEntries: number;
  /** Counted from the moment the load was begun, so that no answer is ever older. */
  ttlMs: number;
  now?: () => number;
};

/**
 * Answers from memory, whatever the answer was, `null` included; asks once however many ask at the same time. Bounded:
 * the entry that was longest not asked for goes first. A failed load is not kept.
 */
export function createMemo<Value>(options: MemoOptions): Memo<Value> {
  const { maxEntries, ttlMs, now = () => performance.now() } = options;
  const entries = new Map<string, { value: Promise<Value>; until: number }>();

  return {
    get(key, load) {
      const known = entries.get(key);
      entries.delete(key);
      if (known && now() < known.until) {
        entries.set(key, known);
        return known.value;
      }
      const entry = { until: now() + ttlMs, value: load() };
      entries.set(key, entry);
      entry.value.catch(() => {
        if (entries.get(key) === entry) entries.delete(key);
      });
      const oldest = entries.keys().next();
      if (entries.size > maxEntries && !oldest.done) entries.delete(oldest.value);
      return entry.value;
    },
  };
}
