import {
  canMove,
  isTerminal,
  type Move,
  TERMINAL_EVENT,
  type TerminalStatus,
  WORKER_DEATHS_UNTIL_SUSPECT,
} from '@flotilla/core';
import { at, isEnded, type MissionState, SUBSCRIBED, SUBSCRIBER, type World } from './world.ts';

export const isSuspect = (mission: MissionState): boolean => mission.deaths >= WORKER_DEATHS_UNTIL_SUSPECT;

/** Gives its account's slot back. */
export function leaveSlot(world: World, mission: MissionState): void {
  at(world.accounts, mission.account).running -= 1;
}

/** Why a mission is cancelled: somebody wanted it, or the one that started it is over. */
export function cancelledCode(world: World, { parent }: MissionState): string {
  return parent !== null && isEnded(at(world.missions, parent)) ? 'parent_ended' : 'cancelled_by_client';
}

/** Ends a mission by a move that core allows. Returns how many deliveries its end owes. */
export function end(
  mission: MissionState,
  how: { move: Move; to: TerminalStatus; code: string | null; output: string | null },
): number {
  if (isTerminal(mission.status) || !canMove(how.move, mission.status, how.to)) {
    throw new Error(`core does not let ${how.move} take ${mission.status} to ${how.to}`);
  }
  const event = TERMINAL_EVENT[how.to];
  mission.status = how.to;
  mission.code = how.code;
  mission.output = how.output;
  mission.events.push(event);
  const owed = Number(mission.hasWebhook) + Number(mission.account === SUBSCRIBER && SUBSCRIBED.includes(event));
  for (let made = 0; made < owed; made++) {
    mission.deliveries.push({ status: 'pending', attempt: 0, isDue: true, isRung: true, recorded: [] });
  }
  return owed;
}
