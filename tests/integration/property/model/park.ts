import { canMove, WAITING_REASONS } from '@flotilla/core';
import { created } from './create.ts';
import type { Move } from './move.ts';
import { type AskState, type MissionState, openAsks, unfinishedChildren, type World } from './world.ts';

type Leave = Extract<Move, { kind: 'leave' }>;

/** running → waiting. A call that asked before asks again; one that has started a mission before waits for that. */
export function park(world: World, mission: MissionState, move: Leave): void {
  if (!canMove('park', 'running', 'waiting')) throw new Error('core does not know this park');
  mission.status = 'waiting';
  mission.tries = 0;
  mission.events.push('mission.waiting');
  for (const [name, ask] of asksOf(mission, move)) {
    mission.asks[name] = ask;
    if (ask.kind === 'approval') mission.events.push('approval.requested');
  }
  const { account, priority, depth, deadlineAt, clock } = mission;
  for (const [index, number] of move.children.entries()) {
    const call = `${move.step}.${move.asks + index}`;
    if (mission.children[call] !== undefined) continue;
    mission.children[call] = number;
    world.missions[number] = {
      ...created({ account, priority, isDelayed: false, ends: 'never', hasWebhook: false, isInSession: false }),
      parent: move.mission,
      depth: depth + 1,
      deadlineAt: deadlineAt === null ? null : deadlineAt - clock,
    };
  }
  mission.code = waitsFor(mission);
}

/** Approvals and questions take turns. */
export const kindOfAsk = (index: number): AskState['kind'] => (index % 2 === 0 ? 'approval' : 'input');

function asksOf({ clock }: MissionState, { step, asks, asksExpire }: Leave): [string, AskState][] {
  return Array.from({ length: asks }, (_, index) => {
    const expiresAt = asksExpire ? clock + 1 : null;
    return [`${step}.${index}`, { kind: kindOfAsk(index), expiresAt, state: 'open' }];
  });
}

/** The code of what a mission waits for: the first thing that is still to be answered, or else its children. */
export function waitsFor(mission: MissionState): string {
  const [first] = openAsks(mission);
  return WAITING_REASONS[first ? first[1].kind : 'children'].code;
}

export const isLate = ({ clock }: MissionState, { expiresAt, state }: AskState): boolean =>
  state !== 'answered' && expiresAt !== null && expiresAt <= clock;

/** An answer; the last of several lets the mission go on. */
export function answer(world: World, mission: MissionState, name: string): unknown {
  const ask = mission.asks[name];
  if (!ask) return { kind: 'no_such_ask' };
  if (mission.status === 'completed' || mission.status === 'failed' || mission.status === 'cancelled') {
    return { kind: 'ended', status: mission.status };
  }
  if (isLate(mission, ask)) return { kind: 'expired' };
  if (ask.state !== 'open') return { kind: 'answered_already' };
  ask.state = 'answered';
  if (ask.kind === 'approval') mission.events.push('approval.decided');
  return { kind: 'answered', isRung: goOnIfReady(world, mission) };
}

export const isReady = (world: World, mission: MissionState): boolean =>
  mission.status === 'waiting' && openAsks(mission).length === 0 && unfinishedChildren(world, mission).length === 0;

/** waiting → queued, where nothing is left to wait for. Returns whether it is rung: not while it is paused. */
function goOnIfReady(world: World, mission: MissionState): boolean {
  if (!isReady(world, mission)) {
    mission.code = waitsFor(mission);
    return false;
  }
  goOn(mission);
  return !mission.isPaused;
}

export function goOn(mission: MissionState): void {
  if (!canMove('answer', 'waiting', 'queued')) throw new Error('core does not let an answer queue a mission');
  mission.status = 'queued';
  mission.code = mission.isPaused ? 'paused' : null;
  mission.runAfter = mission.clock;
  mission.isRung = true;
  mission.events.push('mission.resumed');
}
