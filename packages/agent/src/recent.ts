export type Recent<Value> = {
  /** The value kept under this key, or the one that `make` gives, which is kept from then on. */
  get(key: string, make: () => Value): Value;
};

/**
 * Keeps what was made last, at most so many values under keys of so many characters together: where a key is the text
 * that its value was made of, nothing is ever out of date.
 */
export function createRecent<Value>({ max, maxChars }: { max: number; maxChars: number }): Recent<Value> {
  const kept = new Map<string, { value: Value }>();
  let chars = 0;
  return {
    get(key, make) {
      const known = kept.get(key);
      const entry = known ?? { value: make() };
      // Put last, whether it is new or not: the first is the one that was longest not asked for.
      kept.delete(key);
      kept.set(key, entry);
      if (!known) chars += key.length;
      for (const oldest of kept.keys()) {
        if (kept.size <= max && chars <= maxChars) break;
        kept.delete(oldest);
        chars -= oldest.length;
      }
      return entry.value;
    },
  };
}
