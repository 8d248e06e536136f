import type { SharedDocuments } from '@flotilla/core';

/** Documents of this process alone. `nowMs` is the clock they tell. */
export function createMemoryDocuments(nowMs: () => number = () => performance.now()): SharedDocuments {
  const documents = new Map<string, { text: string; version: string }>();
  let writes = 0;
  return {
    async read(name) {
      return { text: null, version: null, ...documents.get(name), nowMs: nowMs() };
    },
    async write({ name, text, version }) {
      if ((documents.get(name)?.version ?? null) !== version) return false;
      writes += 1;
      documents.set(name, { text, version: String(writes) });
      return true;
    },
  };
}
