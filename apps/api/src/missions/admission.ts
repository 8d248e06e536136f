import { missionBell } from '@flotilla/core';
import type { CreatedMission, Database, NewMission } from '@flotilla/db';
import type { Queue } from '@flotilla/queue';
import type { ApiFacts } from '../metrics.ts';

/** A mission that was stored. `rings` 0: it is to start later, and the sweep rings it at its moment. */
export type Accepted = { missionId: string; pool: string; priority: number; rings: number };

/** Those of the missions that were created, as they are announced. */
export function acceptedOf(
  missions: readonly NewMission[],
  created: readonly Omit<CreatedMission, 'createdAt'>[],
): Accepted[] {
  const byId = new Map(missions.map((mission) => [mission.id, mission]));
  return created.flatMap(({ id, rings }) => {
    const mission = byId.get(id);
    return mission ? { missionId: id, pool: mission.pool, priority: mission.priority, rings } : [];
  });
}

/** Counts what was stored, and rings for it. Nobody waits for the queue: a bell that is lost, the sweep rings. */
export type Announce = (accepted: readonly Accepted[]) => void;

/**
 * How missions come in, whatever brings them: as far as the account's backlog has room, and with a bell each. What `store`
 * has stored, it announces.
 */
export type Admission = {
  /** @throws {BacklogFullError} when there is no room for all of so many missions */
  admit<Result>(accountId: string, missions: number, store: (announce: Announce) => Promise<Result>): Promise<Result>;
  /** @throws {BacklogFullError} when there is room for none of them */
  admitUpTo<Result>(
    accountId: string,
    missions: number,
    store: (room: { admitted: number; maxQueued: number }, announce: Announce) => Promise<Result>,
  ): Promise<Result>;
};

export function createAdmission(deps: {
  db: Pick<Database, 'backlog'>;
  queue: Pick<Queue, 'ring'>;
  facts: Pick<ApiFacts, 'accepted'>;
}): Admission {
  const { db, queue, facts } = deps;

  function announce(accepted: readonly Accepted[]): void {
    for (const mission of accepted) {
      facts.accepted(mission);
      if (mission.rings > 0) void queue.ring(missionBell(mission));
    }
  }

  return {
    admit: (accountId, missions, store) => db.backlog.admit(accountId, missions, () => store(announce)),
    admitUpTo: (accountId, missions, store) =>
      db.backlog.admitUpTo(accountId, missions, (room) => store(room, announce)),
  };
}
