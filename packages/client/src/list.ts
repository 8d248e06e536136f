/** One page of a list. The API's answer may say more of it, as `endCursor` of the event log: `List` is typed by that. */
export type Page<Item> = { data: Item[]; hasMore: boolean; nextCursor: string | null };

/**
 * A list, of which nothing is asked before it is read: `for await (const item of list)` goes through all of it, page by
 * page, and stops asking where the loop is left. Who has to know where a page begins or ends goes through `pages()`.
 */
export type List<Answer extends Page<unknown>> = AsyncIterable<Answer['data'][number]> & {
  /** One page: that of the `cursor` that was given, or the first. */
  page(): Promise<Answer>;
  /** From that page on to the last one, each as the API answers it, with its cursors. */
  pages(): AsyncIterable<Answer>;
};

/** @param read reads the page of a cursor; `undefined`: where the list begins */
export function createList(read: (cursor?: string) => Promise<Page<unknown>>): List<Page<unknown>> {
  async function* pages(): AsyncGenerator<Page<unknown>, void, undefined> {
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
