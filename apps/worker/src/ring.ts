import type { MissionBell } from '@flotilla/core';
import type { DueMission } from '@flotilla/db';
import type { Queue } from '@flotilla/queue';

/** Rings newly owed deliveries. Not awaited and never failing: what gets lost the sweep rings again. */
export function ringDeliveries(queue: Queue, deliveryIds: readonly string[]): void {
  for (const deliveryId of deliveryIds) {
    void queue.ring({ job: 'delivery', deliveryId, ring: 1 });
  }
}

export function missionBells(missions: readonly DueMission[]): MissionBell[] {
  return missions.map(({ missionId, pool, priority, rings }) => ({
    job: 'mission',
    missionId,
    pool,
    priority,
    ring: rings,
  }));
}
