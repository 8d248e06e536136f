import type { BulkDone } from '../missions/bulk.ts';

/** What a bulk action did, or with `dryRun` would do, to each mission and to how many. */
export function toBulkView(options: { action: string; dryRun: boolean; hasMore: boolean; done: readonly BulkDone[] }) {
  const { action, dryRun, hasMore, done } = options;
  const skipped = done.filter(({ outcome }) => outcome === 'skipped').length;
  return {
    action,
    dryRun,
    matched: done.length,
    done: dryRun ? 0 : done.length - skipped,
    skipped,
    hasMore,
    data: done.map(({ missionId, outcome, newMissionId }) => ({ missionId, outcome, newMissionId })),
  };
}
