import { createId } from '@flotilla/core';
import type { Database } from '@flotilla/db';
import type { Admission, Announce } from './admission.ts';
import type { CancelMission } from './canceller.ts';

/** What came of one mission; `null`: nothing, it was only asked what would. */
export type BulkDone = {
  missionId: string;
  outcome: 'retried' | 'cancelled' | 'cancel_requested' | 'skipped' | null;
  newMissionId: string | null;
};

/** What a dry run says. */
export function asUndone(missionId: string): BulkDone {
  return { missionId, outcome: null, newMissionId: null };
}

/** Journals are copied along: a batch is over long before a statement may not take longer. */
const RETRIED_TOGETHER = 50;
/** Connections that a bulk cancel leaves to everybody else: most of them. */
const CANCELLED_AT_ONCE = 4;

/**
 * Retries missions, all that there is room for in the backlog or none.
 * @throws {BacklogFullError}
 */
export async function retryInBulk(options: {
  db: Pick<Database, 'missions'>;
  admission: Admission;
  accountId: string;
  ids: readonly string[];
  from: 'start' | 'last_step';
  /** Whether what was retried before is left out. */
  once: boolean;
}): Promise<BulkDone[]> {
  const { db, admission, accountId, ids, from, once } = options;

  async function retry(sourceIds: readonly string[], announce: Announce): Promise<BulkDone[]> {
    const copies = sourceIds.map((sourceId) => ({ kind: 'retry' as const, id: createId('mission'), sourceId, from }));
    const outcomes = await db.missions.copy(copies, { accountId, once });
    announce(outcomes.flatMap((outcome) => (outcome.kind === 'copied' ? outcome.bell : [])));
    return copies.map(({ id, sourceId }, index) => {
      const isRetried = outcomes[index]?.kind === 'copied';
      return { missionId: sourceId, outcome: isRetried ? 'retried' : 'skipped', newMissionId: isRetried ? id : null };
    });
  }

  if (ids.length === 0) return [];
  return admission.admit(accountId, ids.length, async (announce) => {
    const done: BulkDone[] = [];
    for (let start = 0; start < ids.length; start += RETRIED_TOGETHER) {
      done.push(...(await retry(ids.slice(start, start + RETRIED_TOGETHER), announce)));
    }
    return done;
  });
}

/** Cancels missions, each as its own route would; what has ended meanwhile is skipped. */
export async function cancelInBulk(options: {
  cancelMission: CancelMission;
  accountId: string;
  ids: readonly string[];
}): Promise<BulkDone[]> {
  const { cancelMission, accountId, ids } = options;
  const done: BulkDone[] = [];
  const entries = ids.entries();

  async function cancelNext(): Promise<void> {
    // The iterator is shared: each lane takes whichever mission is next.
    for (const [place, missionId] of entries) {
      const { kind } = await cancelMission(accountId, missionId);
      done[place] = { missionId, outcome: OUTCOMES[kind], newMissionId: null };
    }
  }
  await Promise.all(Array.from({ length: CANCELLED_AT_ONCE }, cancelNext));
  return done;
}

const OUTCOMES = { cancelled: 'cancelled', asked: 'cancel_requested', ended: 'skipped', not_found: 'skipped' } as const;
