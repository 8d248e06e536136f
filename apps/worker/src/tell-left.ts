import { isTerminal, missionBell } from '@flotilla/core';
import type { EndedMission, Left } from '@flotilla/db';
import type { Queue, Teller } from '@flotilla/queue';
import type { WorkerFacts } from './facts.ts';
import { ringDeliveries } from './ring.ts';

export type TellLeft = (left: Left, how: { isDue: boolean; front: boolean }) => void;

/**
 * What follows from a leave, whoever made it: it is told of and counted, the deliveries it owes are rung, whoever waits for the slot,
 * the session or the end is woken, and a mission that lies queued and due (`isDue`) is rung, before all others if it is to
 * be at the front.
 */
export function createTellLeft(deps: {
  queue: Pick<Queue, 'ring'>;
  teller: Pick<Teller, 'events'>;
  facts: Pick<WorkerFacts, 'missionLeft'>;
  /** A slot of this account is free, and somebody may be waiting for it. */
  wakeNext: (accountId: string) => void;
  /** A mission has ended, and its session, its parent or its children may be concerned. */
  followUp: (end: EndedMission) => void;
}): TellLeft {
  const { queue, teller, facts, wakeNext, followUp } = deps;
  return function tellLeft(left, { isDue, front }) {
    const { missionId, pool, status, code, deliveryIds } = left;
    teller.events(missionId);
    facts.missionLeft({ pool, status, code: code ?? 'none' });
    ringDeliveries(queue, deliveryIds);
    if (left.wakes) wakeNext(left.accountId);
    if (isTerminal(status)) followUp(left);
    if (status === 'queued' && isDue && code !== 'paused') {
      void queue.ring({ ...missionBell({ missionId, pool, priority: left.priority, rings: left.rings }), front });
    }
  };
}
