import { missionBell } from '@flotilla/core';
import type { Aftermath, CancelOutcome, Database } from '@flotilla/db';
import type { Queue } from '@flotilla/queue';
import type { ApiFacts } from '../metrics.ts';

/** Cancels a mission, and tells whoever is to hear of it. */
export type CancelMission = (accountId: string, missionId: string) => Promise<CancelOutcome>;

export function createCanceller(deps: {
  db: Pick<Database, 'missions'>;
  queue: Pick<Queue, 'ringAll' | 'signals' | 'tellOfEvents'>;
  facts: Pick<ApiFacts, 'cancelled'>;
}): CancelMission {
  const { db, queue, facts } = deps;

  function tell({ bells, deliveryIds, toStop, cancelled }: Aftermath): void {
    for (const mission of cancelled) facts.cancelled(mission);
    for (const stopped of toStop) queue.signals.send({ kind: 'stop', missionId: stopped });
    void queue.ringAll([
      ...bells.map(missionBell),
      ...deliveryIds.map((deliveryId) => ({ job: 'delivery' as const, deliveryId, ring: 1 })),
    ]);
  }

  return async function cancelMission(accountId, missionId) {
    const outcome = await db.missions.cancel(accountId, missionId);
    if (outcome.kind === 'cancelled') {
      queue.tellOfEvents(missionId);
      tell({ bells: [], deliveryIds: outcome.deliveryIds, toStop: [], cancelled: [outcome] });
      // What follows waits for nobody: the sweep makes up for what is lost here.
      db.missions.settle([outcome.end]).then(tell, () => undefined);
    }
    if (outcome.kind === 'asked') queue.signals.send({ kind: 'stop', missionId });
    return outcome;
  };
}
