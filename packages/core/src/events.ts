import type { TerminalStatus } from './transitions.ts';

/** The numbered facts about a mission, spelled the same in the journal, in streams and in webhooks. */
export const EVENT_TYPES = [
  'mission.queued',
  'mission.started',
  'mission.waiting',
  'mission.resumed',
  'mission.paused',
  'mission.released',
  'mission.completed',
  'mission.failed',
  'mission.cancelled',
  'step.completed',
  'tool_call.started',
  'tool_call.completed',
  'approval.requested',
  'approval.decided',
  'budget.warning',
  'budget.exhausted',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** The last event of every mission. */
export const TERMINAL_EVENT = {
  completed: 'mission.completed',
  failed: 'mission.failed',
  cancelled: 'mission.cancelled',
} as const satisfies Record<TerminalStatus, EventType>;

/** Whether it is a mission's last. */
export function isTerminalEvent(type: string): boolean {
  return Object.values(TERMINAL_EVENT).some((terminal) => terminal === type);
}
