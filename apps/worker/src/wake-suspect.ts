import { missionBell } from '@flotilla/core';
import type { Database } from '@flotilla/db';
import type { Logger } from '@flotilla/platform';
import type { Queue } from '@flotilla/queue';

/** Rings a pool's next suspect: the one that this worker had in hand has made progress, or has left. */
export function createWakeSuspect({
  db,
  queue,
  logger,
}: {
  db: Pick<Database, 'lease'>;
  queue: Queue;
  logger: Logger;
}) {
  return function wakeSuspect(pool: string): void {
    db.lease.wakeSuspect(pool).then(
      (bells) => queue.ringAll(bells.map(missionBell)),
      // The sweep rings them, a little later.
      (error: unknown) => logger.warn('could not wake the next suspect', { pool, error }),
    );
  };
}
