import { missionBell } from '@flotilla/core';
import type { Aftermath } from '@flotilla/db';
import type { Queue } from '@flotilla/queue';
import type { WorkerFacts } from './facts.ts';
import { ringDeliveries } from './ring.ts';

export type AftermathQueue = Pick<Queue, 'ring' | 'ringAll'> & { signals: Pick<Queue['signals'], 'send'> };

/** Counts, rings and signals what followed from the ends of missions. */
export async function tellAftermath(
  { queue, facts }: { queue: AftermathQueue; facts: Pick<WorkerFacts, 'missionLeft'> },
  { bells, deliveryIds, toStop, cancelled }: Aftermath,
): Promise<void> {
  for (const mission of cancelled) facts.missionLeft({ ...mission, status: 'cancelled' });
  for (const missionId of toStop) queue.signals.send({ kind: 'stop', missionId });
  ringDeliveries(queue, deliveryIds);
  await queue.ringAll(bells.map(missionBell));
}
