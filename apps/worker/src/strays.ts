import type { Ownership } from '@flotilla/core';
import type { Database } from '@flotilla/db';
import type { Logger } from '@flotilla/platform';
import type { WorkerFacts } from './facts.ts';
import type { InHand } from './in-hand.ts';
import type { TellLeft } from './tell-left.ts';

export type StraysOptions = {
  db: { lease: Pick<Database['lease'], 'held' | 'leave'> };
  inHand: InHand;
  tellLeft: TellLeft;
  logger: Logger;
  facts: Pick<WorkerFacts, 'repaired'>;
};

/**
 * Gives back missions that the database says run on this worker and that it does not have in hand: a claim that was
 * committed while its reply got lost leaves one. Nobody else would: the worker is alive, so nothing of it is orphaned.
 * One heartbeat's difference is no proof, a claim or a leave may be under way; the same mission twice in a row is.
 */
export function createStrays({ db, inHand, tellLeft, logger, facts }: StraysOptions) {
  let suspected = new Set<string>();
  const nameOf = ({ missionId, attempt }: Ownership) => `${missionId} ${attempt}`;

  /** Called with what each heartbeat counted. */
  return async function checkStrays(workerId: string, running: number): Promise<void> {
    // What is in hand and runs elsewhere by now weighs in a count against a stray: one that is suspected is looked for.
    if (running <= inHand.size && suspected.size === 0) return;
    const unknown = (await db.lease.held(workerId)).filter(
      // A reply may be held up for several heartbeats: given back meanwhile, the mission would be played twice.
      ({ missionId, attempt }) => !inHand.has(missionId, attempt) && !inHand.expects(missionId),
    );
    const strays = unknown.filter((held) => suspected.has(nameOf(held)));
    suspected = new Set(unknown.map(nameOf));
    for (const stray of strays) {
      const message = 'its worker had lost sight of it';
      const left = await db.lease.leave({ ...stray, status: 'queued', code: 'no_worker', message, afterMs: 0 });
      if (left === 'fenced') continue;
      facts.repaired('stray_given_back');
      const { missionId, attempt } = stray;
      const { accountId } = left;
      logger.error('gave back a mission that runs here and was not in hand', {
        missionId,
        attempt,
        workerId,
        accountId,
      });
      tellLeft(left, { isDue: true, front: true });
    }
  };
}
