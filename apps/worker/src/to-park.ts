import type { Parked } from '@flotilla/agent';
import { createId, type StatusCode, type WaitingFor, type WaitingKind } from '@flotilla/core';
import type { Park } from '@flotilla/db';

const REASONS: Record<WaitingKind, { code: StatusCode; message: string }> = {
  approval: { code: 'awaiting_approval', message: 'it waits for somebody to approve a tool call' },
  input: { code: 'awaiting_input', message: 'it waits for somebody to answer its question' },
  children: { code: 'awaiting_children', message: 'it waits for the missions it has started' },
  budget: { code: 'awaiting_budget', message: 'it waits for a larger budget' },
  operator: { code: 'awaiting_operator', message: 'it waits for an operator' },
};

/** The park that writes down what a mission waits for, and starts its children under ids that a repeated write keeps. */
export function toPark({ asks, children, tries }: Parked): Park {
  const started = children.map((child) => ({ ...child, id: createId('mission') }));
  const waitingFor = describe(
    asks,
    started.map(({ id }) => id),
  );
  return { status: 'waiting', ...REASONS[waitingFor.kind], waitingFor, asks, children: started, tries };
}

/** Of several things the first ask gives the kind; the others are counted. */
function describe(asks: Parked['asks'], missionIds: string[]): WaitingFor {
  const pending = asks.length + missionIds.length;
  const [first] = asks;
  if (!first) return { kind: 'children', detail: { missionIds, pending } };
  const { kind, step, index, request } = first;
  return { kind, detail: { step, index, request, pending } };
}
