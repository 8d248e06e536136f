import { missionBell } from '@flotilla/core';
import type { Database } from '@flotilla/db';
import type { Logger } from '@flotilla/platform';
import type { Queue } from '@flotilla/queue';

/** Bells of turned away suspects that one worker keeps in the air: enough that none it could take is waited for. */
const IN_THE_AIR_MAX = 4;
const AGAIN_AFTER_MS = 250;
/** Whoever is turned away later than this after the last suspect was here was turned away for another reason. */
const SEEN_FOR_MS = 30_000;

export type SuspectLine = {
  /** A suspect was claimed here: others of its kind are turned away until it has made way. */
  entered(): void;
  /** It has made progress, or has left: the next of its pool may be claimed here. */
  madeWay(pool: string): void;
  /** A bell was answered, and nothing was claimed: perhaps a suspect, since there is one here already. */
  turnedAway(pool: string): void;
};

/**
 * Keeps the line of suspects moving. A worker takes one at a time, so where whole fleets died twice there may be hundreds
 * in line, and each that is turned away would wait for a turn of the sweep. Whoever makes way rings the next. That bell
 * may be answered by a worker that has a suspect itself; then it is rung again a moment later, until one is free for it.
 */
export function createSuspectLine(options: {
  db: { lease: Pick<Database['lease'], 'wakeSuspect'> };
  queue: Pick<Queue, 'ringAll'>;
  logger: Logger;
  now?: () => number;
  random?: () => number;
}): SuspectLine {
  const { db, queue, logger, now = () => performance.now(), random = Math.random } = options;
  let seenAt = Number.NEGATIVE_INFINITY;
  let inTheAir = 0;

  function ringNext(pool: string): void {
    db.lease.wakeSuspect(pool).then(
      (bells) => queue.ringAll(bells.map(missionBell)),
      // The sweep rings them, a little later.
      (error: unknown) => logger.warn('could not wake the next suspect', { pool, error }),
    );
  }

  return {
    entered() {
      seenAt = now();
    },
    madeWay(pool) {
      seenAt = now();
      ringNext(pool);
    },
    turnedAway(pool) {
      if (now() - seenAt > SEEN_FOR_MS || inTheAir >= IN_THE_AIR_MAX) return;
      inTheAir += 1;
      const timer = setTimeout(
        () => {
          inTheAir -= 1;
          ringNext(pool);
        },
        AGAIN_AFTER_MS * (0.5 + random()),
      );
      timer.unref();
    },
  };
}
