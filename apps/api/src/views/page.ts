import { z } from 'zod';
import { type CursorKind, createCursor } from '../cursor.ts';

/** A page of what `item` describes. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({
    data: z.array(item),
    hasMore: z.boolean(),
    nextCursor: z.string().nullable().describe('The cursor of the next page; null where there is none.'),
  });
}

/**
 * A page of a list, of rows of which one more than `limit` was asked for: the one too many says that there is more.
 * `positionOf` gives where the page after a row begins.
 */
export function toPage<Row, View>(options: {
  kind: CursorKind;
  rows: readonly Row[];
  limit: number;
  view: (row: Row) => View;
  positionOf: (row: Row) => string | number;
}) {
  const shown = options.rows.slice(0, options.limit);
  const last = shown.at(-1);
  const hasMore = options.rows.length > options.limit;
  return {
    data: shown.map(options.view),
    hasMore,
    nextCursor: hasMore && last !== undefined ? createCursor(options.kind, options.positionOf(last)) : null,
  };
}
