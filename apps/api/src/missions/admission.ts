import { missionBell, SWEEP_LOOKS_AHEAD_MS } from '@flotilla/core';
import type { CreatedMission, Database, NewMission } from '@flotilla/db';
import type { Logger } from '@flotilla/platform';
import { createRingLater, type Queue } from '@flotilla/queue';
import type { ApiFacts } from '../metrics.ts';

/** A mission that was stored. `rings` 0: it is to start later, in `afterMs` by the database's clock. */
export type Accepted = { missionId: string; pool: string; priority: number; rings: number; afterMs: number };

/** Those of the missions that were created, as they are announced. */
export function acceptedOf(
  missions: readonly NewMission[],
  created: readonly Omit<CreatedMission, 'createdAt'>[],
): Accepted[] {
  const byId = new Map(missions.map((mission) => [mission.id, mission]));
  return created.flatMap(({ id, rings, afterMs }) => {
    const mission = byId.get(id);
    return mission ? { missionId: id, pool: mission.pool, priority: mission.priority, rings, afterMs } : [];
  });
}

/**
 * Counts what was stored, and rings for it. Nobody waits for the queue: a bell that is lost, the sweep rings. What is to
 * start within seconds is rung at its moment from here, since a sweep may come only after it.
 */
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
  db: Pick<Database, 'backlog'> & { sweep: Pick<Database['sweep'], 'takeUnrung'> };
  queue: Pick<Queue, 'ring' | 'ringAll'>;
  facts: Pick<ApiFacts, 'accepted'>;
  logger: Pick<Logger, 'warn'>;
}): Admission {
  const { db, queue, facts, logger } = deps;
  const ringLater = createRingLater({
    take: async (missionIds) => (await db.sweep.takeUnrung(missionIds)).map(missionBell),
    queue,
    onError: (error, missionIds) => logger.warn('could not ring missions at their moment', { missionIds, error }),
  });

  function announce(accepted: readonly Accepted[]): void {
    for (const mission of accepted) {
      facts.accepted(mission);
      if (mission.rings > 0) void queue.ring(missionBell(mission));
    }
    ringLater(accepted.filter(({ rings, afterMs }) => rings === 0 && afterMs <= SWEEP_LOOKS_AHEAD_MS));
  }

  return {
    admit: (accountId, missions, store) => db.backlog.admit(accountId, missions, () => store(announce)),
    admitUpTo: (accountId, missions, store) =>
      db.backlog.admitUpTo(accountId, missions, (room) => store(room, announce)),
  };
}
