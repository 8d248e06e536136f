/** One page of a list, as the API answers it. */
export type Page<Item> = { data: Item[]; hasMore: boolean; nextCursor: string | null };

/**
 * A list, of which nothing is asked before it is read: `for await (const item of list)` goes through all of it, page by
 * page, and stops asking where the loop is left.
 */
export type List<Item> = AsyncIterable<Item> & {
  /** One page: that of the `cursor` that was given, or the first. */
  page(): Promise<Page<Item>>;
  pages(): AsyncIterable<Page<Item>>;
};

/** @param read reads the page of a cursor; `undefined`: where the list begins */
export function createList<Item>(read: (cursor?: string) => Promise<Page<Item>>): List<Item> {
  async function* pages(): AsyncGenerator<Page<Item>, void, undefined> {
    let cursor: string | undefined;
    do {
      const page = await read(cursor);
      yield page;
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
  }
  return {
    page: () => read(),
    pages,
    async *[Symbol.asyncIterator]() {
      for await (const { data } of pages()) yield* data;
    },
  };
}
