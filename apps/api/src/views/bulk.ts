import { z } from 'zod';
import type { BulkDone } from '../missions/bulk.ts';

export const bulkView = z
  .object({
    action: z.enum(['retry', 'cancel']),
    dryRun: z.boolean(),
    matched: z.int(),
    done: z.int(),
    skipped: z.int(),
    hasMore: z.boolean().describe('There is more that the filter lets through: ask again with nextCursor.'),
    nextCursor: z.string().nullable().describe('The cursor to go on with; null where there is no more.'),
    data: z.array(
      z.object({
        missionId: z.string(),
        outcome: z.enum(['retried', 'cancelled', 'cancel_requested', 'skipped']).nullable(),
        newMissionId: z.string().nullable(),
      }),
    ),
  })
  .meta({ id: 'BulkAction' });

/** What a bulk action did, or with `dryRun` would do, to each mission and to how many. */
export function toBulkView(options: {
  action: z.infer<typeof bulkView>['action'];
  dryRun: boolean;
  hasMore: boolean;
  nextCursor: string | null;
  done: readonly BulkDone[];
}): z.infer<typeof bulkView> {
  const { action, dryRun, hasMore, nextCursor, done } = options;
  const skipped = done.filter(({ outcome }) => outcome === 'skipped').length;
  return {
    action,
    dryRun,
    matched: done.length,
    done: dryRun ? 0 : done.length - skipped,
    skipped,
    hasMore,
    nextCursor,
    data: done.map(({ missionId, outcome, newMissionId }) => ({ missionId, outcome, newMissionId })),
  };
}
