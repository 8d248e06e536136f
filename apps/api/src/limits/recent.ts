/**
 * A map of bounded size: the entry that was longest not touched goes first. What is forgotten counts as never seen, so
 * that a flood from everywhere costs the limits' memory, and not the process's.
 */
export type Recent<Value> = {
  get(key: string): Value | undefined;
  /** Sets, and touches. */
  set(key: string, value: Value): void;
  values(): IterableIterator<Value>;
  readonly size: number;
};

export function createRecent<Value>(maxEntries: number): Recent<Value> {
  const entries = new Map<string, Value>();
  return {
    get: (key) => entries.get(key),
    set(key, value) {
      entries.delete(key);
      entries.set(key, value);
      const oldest = entries.keys().next();
      if (entries.size > maxEntries && !oldest.done) entries.delete(oldest.value);
    },
    values: () => entries.values(),
    get size() {
      return entries.size;
    },
  };
}
