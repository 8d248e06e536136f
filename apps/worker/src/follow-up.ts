import { type Database, type EndedMission, endOf } from '@flotilla/db';
import type { Logger } from '@flotilla/platform';
import type { Queue } from '@flotilla/queue';
import type { WorkerFacts } from './facts.ts';
import { tellAftermath } from './tell-aftermath.ts';

/**
 * What follows from a mission's end: its session's next, its parent, its children. However many end at once, one
 * question is in flight and one waits. Most missions are alone, and cost nothing here.
 */
export function createFollowUp({
  db,
  queue,
  logger,
  facts,
}: {
  db: Pick<Database, 'missions'>;
  queue: Queue;
  logger: Logger;
  facts: Pick<WorkerFacts, 'missionLeft'>;
}) {
  let waiting: EndedMission[] = [];
  let running = false;

  async function run(): Promise<void> {
    while (waiting.length > 0) {
      const ends = waiting;
      waiting = [];
      try {
        await tellAftermath({ queue, facts }, await db.missions.settle(ends));
      } catch (error) {
        // The sweep sees what was left, a little later.
        logger.warn('could not follow up on ended missions', { missionIds: ends.map((end) => end.missionId), error });
      }
    }
    running = false;
  }

  return function followUp(end: EndedMission): void {
    if (end.sessionId === null && end.parentMissionId === null && !end.hasChildren) return;
    waiting.push(endOf(end));
    if (running) return;
    running = true;
    void run();
  };
}
