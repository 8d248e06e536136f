import type { Parked } from '@flotilla/agent';
import { createId, WAITING_REASONS, type WaitingFor } from '@flotilla/core';
import type { Park } from '@flotilla/db';

/** The park that writes down what a mission waits for, and starts its children under ids that a repeated write keeps. */
export function toPark({ asks, children, tries }: Parked): Park {
  const started = children.map((child) => ({ ...child, id: createId('mission') }));
  const waitingFor = describe(
    asks,
    started.map(({ id }) => id),
  );
  return { status: 'waiting', ...WAITING_REASONS[waitingFor.kind], waitingFor, asks, children: started, tries };
}

/** Of several things the first ask gives the kind; the others are counted. */
function describe(asks: Parked['asks'], missionIds: string[]): WaitingFor {
  const pending = asks.length + missionIds.length;
  const [first] = asks;
  if (!first) return { kind: 'children', detail: { missionIds, pending } };
  const { kind, step, index, request } = first;
  return { kind, detail: { step, index, request, pending } };
}
