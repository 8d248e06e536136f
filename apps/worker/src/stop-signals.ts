import type { Signal } from '@flotilla/core';
import type { Database } from '@flotilla/db';
import type { Logger } from '@flotilla/platform';
import type { InHand } from './in-hand.ts';
import type { LeaseKeeper } from './lease-keeper.ts';

export type StopSignalsOptions = {
  db: { lease: Pick<Database['lease'], 'toStop'> };
  lease: Pick<LeaseKeeper, 'workerId'>;
  inHand: InHand;
  logger: Logger;
};

/**
 * Hears that missions are to stop, and asks the database which of this worker's: a signal may be late, doubled or forged,
 * and says neither the attempt nor the reason. However many come at once, one question is in flight and one waits: a
 * question that starts after a signal answers for it. A signal that gets lost costs a heartbeat's time.
 */
export function createStopSignals({ db, lease, inHand, logger }: StopSignalsOptions) {
  let asked = false;
  let asking = false;

  async function ask(): Promise<void> {
    asking = true;
    while (asked) {
      asked = false;
      const workerId = lease.workerId();
      if (workerId === null) break;
      try {
        for (const { missionId, attempt, reason } of await db.lease.toStop(workerId)) {
          inHand.stop(missionId, attempt, reason);
        }
      } catch (error) {
        logger.warn('a stop signal could not be followed; the heartbeat will', { error });
      }
    }
    asking = false;
  }

  return function hear(signal: Signal): void {
    if (signal.kind !== 'stop' || !inHand.holds(signal.missionId)) return;
    asked = true;
    if (!asking) void ask();
  };
}
