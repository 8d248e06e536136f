import type { Move } from './move.ts';
import type { Slack } from './slack.ts';
import { at, type DeliveryState, type MissionState, missionsOf, type World } from './world.ts';

type OfDelivery = Extract<Move, { kind: 'claim_delivery' | 'record' | 'delivery_time_passes' }>;

export function playDelivery(mission: MissionState, move: OfDelivery): unknown {
  switch (move.kind) {
    case 'claim_delivery': {
      const delivery = mission.deliveries[move.delivery];
      if (delivery?.status !== 'pending' || !delivery.isDue) return null;
      delivery.attempt += 1;
      delivery.isDue = false;
      return { attempt: delivery.attempt, event: mission.events.at(-1) };
    }
    case 'record': {
      const delivery = at(mission.deliveries, move.delivery);
      if (delivery.status !== 'pending' || delivery.attempt !== move.attempt) return false;
      if (move.next === 'delivered' || move.next === 'failed') delivery.status = move.next;
      delivery.isDue = move.next === 'retry';
      // One that is tried again at once lies under the bell that was answered just now.
      if (move.next === 'retry_later') delivery.isRung = false;
      delivery.recorded.push(move.attempt);
      return true;
    }
    case 'delivery_time_passes':
      for (const delivery of mission.deliveries) {
        delivery.isDue = delivery.status === 'pending';
        delivery.isRung = false;
      }
      return null;
  }
}

export function dueDeliveries(world: World): [name: string, delivery: DeliveryState, mission: number][] {
  return missionsOf(world).flatMap(([number, { deliveries }]) =>
    deliveries.flatMap((delivery, index): [string, DeliveryState, number][] =>
      delivery.status === 'pending' && delivery.isDue && !delivery.isRung
        ? [[`${number}.${index}`, delivery, number]]
        : [],
    ),
  );
}

/** Rings what is due, and passes by what somebody else has in hand. */
export function takeDueDeliveries(world: World, slack: Slack): Record<string, 'rung'> {
  const taken = dueDeliveries(world).filter(
    ([name, , number]) => slack.isAlone || slack.told.has(name) || !slack.touched.has(number),
  );
  for (const [, delivery] of taken) delivery.isRung = true;
  return Object.fromEntries(taken.map(([name]) => [name, 'rung']));
}
