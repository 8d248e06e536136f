import { missionBell } from '@flotilla/core';
import type { Database, DueMission } from '@flotilla/db';
import type { Logger } from '@flotilla/platform';
import type { Queue } from '@flotilla/queue';
import type { WorkerFacts } from './facts.ts';

/** What timers and two clocks' rates may be apart over a few seconds. */
const EARLY_BY_MS = 5;

/** Rings missions that are not due yet (`afterMs` > 0) at their moment. */
export type RingLater = (missions: readonly DueMission[]) => void;

/**
 * Waits for the moments of missions that the sweep has seen coming. Only then are they taken and rung, all of one moment
 * in one statement: until then the database knows of no bell, so that whoever sweeps after this process has died finds
 * them due. A mission that several sweeps have seen is waited for once.
 */
export function createRingLater({
  db,
  queue,
  logger,
  facts,
}: {
  db: { sweep: Pick<Database['sweep'], 'takeAtTheirMoment'> };
  queue: Pick<Queue, 'ringAll'>;
  logger: Logger;
  facts: Pick<WorkerFacts, 'repaired'>;
}): RingLater {
  const awaited = new Set<string>();
  let come: string[] = [];

  async function ringThoseThatHaveCome(): Promise<void> {
    const missionIds = come;
    come = [];
    for (const missionId of missionIds) awaited.delete(missionId);
    try {
      const due = await db.sweep.takeAtTheirMoment(missionIds);
      facts.repaired('mission_rung', due.length);
      await queue.ringAll(due.map(missionBell));
    } catch (error) {
      // The sweep rings them, a little later.
      logger.warn('could not ring missions at their moment', { missionIds, error });
    }
  }

  function hasCome(missionId: string): void {
    come.push(missionId);
    if (come.length === 1) setImmediate(() => void ringThoseThatHaveCome());
  }

  return function ringLater(missions) {
    for (const { missionId, afterMs } of missions) {
      if (awaited.has(missionId)) continue;
      awaited.add(missionId);
      // The claim asks the database's clock, and a bell that comes a moment early finds nothing to do.
      setTimeout(hasCome, Math.ceil(afterMs) + EARLY_BY_MS, missionId).unref();
    }
  };
}
