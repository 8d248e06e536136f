import { HOUSEKEEPING_EVERY_MS, SWEEP_EVERY_MS } from '@flotilla/core';
import { type Database, DatabaseUnavailableError, FORGET_ROWS, FORGET_SESSIONS } from '@flotilla/db';
import type { Logger } from '@flotilla/platform';
import type { WorkerFacts } from './facts.ts';

/** What is kept for days is looked at every tenth time: every five minutes, or an idle worker would ask for little else. */
const RARELY = 10;
/** Each of them has cost a statement that was given up: so many do not come together, or nothing can be deleted. */
const PASSED_BY_MOST = 1_000;

export type HousekeepingOptions = {
  db: Pick<Database, 'sweep'>;
  logger: Logger;
  facts: Pick<WorkerFacts, 'repaired'>;
  isStopping: () => boolean;
};

/**
 * What no mission waits for: counters compared with what they count, usage summed, what is over forgotten.
 * @returns the parts of it that are due, each to be run by itself: one that fails for hours must not keep what is past
 *   its retention from going
 */
export function createHousekeeping(options: HousekeepingOptions): () => (() => Promise<void>)[] {
  const { db, facts, logger } = options;
  const now = () => performance.now();
  let keptAt = Number.NEGATIVE_INFINITY;
  let isMoreToPurge = false;
  let turns = 0;
  /** Missions that could not be deleted together, to be tried in smaller batches. */
  const apart: (readonly string[])[] = [];
  /** Missions that could not be deleted by themselves. */
  const passedBy = new Set<string>();

  async function repairCounters(): Promise<void> {
    for (const repaired of await db.sweep.repairCounters()) {
      facts.repaired('counter_repaired');
      logger.error('an account’s counter was wrong and was set right', repaired);
    }
  }

  async function repairEndpoints(): Promise<void> {
    for (const repaired of await db.sweep.repairEndpoints()) {
      facts.repaired('counter_repaired');
      logger.error('a webhook endpoint’s counter was wrong and was set right', repaired);
    }
  }

  async function forgetWorkers(): Promise<void> {
    await db.sweep.forgetWorkers();
  }

  /** What is left for the next time is only summed a little later: who asks is told of it all the same. */
  async function rollUpUsage(): Promise<void> {
    const until = now() + SWEEP_EVERY_MS / 4;
    while ((await db.sweep.rollUpUsage()) > 0 && now() < until && !options.isStopping());
  }

  /** What is over of them cannot be in anybody's way, and what this turn leaves the next one finds. */
  async function forget(batch: () => Promise<number>, full = FORGET_ROWS): Promise<void> {
    const until = now() + SWEEP_EVERY_MS / 4;
    while ((await batch()) === full && now() < until && !options.isStopping());
  }
  const forgetResponses = () => forget(db.sweep.forgetResponses);
  const forgetRecords = () => forget(db.sweep.forgetRecords);
  const forgetEndpoints = () => forget(db.sweep.forgetEndpoints);
  const forgetSessions = () => forget(db.sweep.forgetSessions, FORGET_SESSIONS);
  const purgeAccountEvents = () => forget(db.sweep.purgeAccountEvents);
  const purgeAccountDeliveries = () => forget(db.sweep.purgeAccountDeliveries);

  /** Short batches, so that their locks are gone in a moment, for no longer than until the next turn. */
  async function purgeEnded(): Promise<void> {
    const until = now() + SWEEP_EVERY_MS / 2;
    let purged = 0;
    try {
      do purged += await purgeBatch();
      while (isMoreToPurge && now() < until && !options.isStopping());
    } finally {
      facts.repaired('mission_purged', purged);
      if (purged > 0) logger.info('purged missions past their retention', { purged });
    }
  }

  /** What comes due while fewer are deleted than one batch may have is left for the next time. */
  async function purgeBatch(): Promise<number> {
    const again = apart.shift();
    if (again) return purge(again);
    const { missionIds, isMore } = await db.sweep.findPurgeable([...passedBy]);
    isMoreToPurge = isMore;
    if (!isMore) passedBy.clear();
    return purge(missionIds);
  }

  /**
   * A batch that the database could not take in time is not tried again as it was, or it would be there at every turn, and
   * before all others: it is tried in quarters, and one mission that is too much by itself is passed by until the others
   * are gone.
   */
  async function purge(missionIds: readonly string[]): Promise<number> {
    try {
      return await db.sweep.purge(missionIds);
    } catch (error) {
      if (error instanceof DatabaseUnavailableError) {
        isMoreToPurge = true;
        const [first, ...others] = missionIds;
        if (first !== undefined && others.length === 0) passBy(first);
        else apart.push(...inQuarters(missionIds));
      }
      throw error;
    }
  }

  function passBy(missionId: string): void {
    if (passedBy.size >= PASSED_BY_MOST) passedBy.clear();
    passedBy.add(missionId);
  }

  return function dueParts() {
    if (now() < keptAt + HOUSEKEEPING_EVERY_MS) return isMoreToPurge ? [purgeEnded] : [];
    keptAt = now();
    return [
      repairCounters,
      repairEndpoints,
      forgetWorkers,
      rollUpUsage,
      forgetResponses,
      forgetRecords,
      forgetEndpoints,
      purgeEnded,
      ...(turns++ % RARELY === 0 ? [forgetSessions, purgeAccountEvents, purgeAccountDeliveries] : []),
    ];
  };
}

function inQuarters(missionIds: readonly string[]): string[][] {
  const size = Math.ceil(missionIds.length / 4);
  return Array.from({ length: Math.ceil(missionIds.length / size) }, (_, part) =>
    missionIds.slice(part * size, (part + 1) * size),
  );
}
