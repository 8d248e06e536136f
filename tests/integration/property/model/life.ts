import { canMove } from '@flotilla/core';
import { cancelledCode, end, isSuspect, leaveSlot } from './end.ts';
import type { Move } from './move.ts';
import { park } from './park.ts';
import type { Slack } from './slack.ts';
import { isOwned } from './steps.ts';
import { isDue, isExpired, isItsTurn } from './turn.ts';
import { at, isEnded, type MissionState, missionsOf, type World } from './world.ts';

export const runsOn = (mission: MissionState, worker: number): boolean =>
  mission.status === 'running' && mission.workerOf.at(-1) === worker;

export function claim(world: World, move: Extract<Move, { kind: 'claim' }>): unknown {
  const mission = at(world.missions, move.mission);
  const account = at(world.accounts, mission.account);
  if (!isDue(mission) || isExpired(mission) || !canMove('claim', 'queued', 'running')) return 'not_ours';
  if (!at(world.workers, move.worker).isAlive) return 'not_ours';
  const others = missionsOf(world).some(([, other]) => runsOn(other, move.worker) && isSuspect(other));
  if (isSuspect(mission) && others) return 'not_ours';
  if (!isItsTurn(world, move.mission)) {
    mission.code = 'session_busy';
    return 'not_ours';
  }
  if (account.running >= account.maxRunning) {
    mission.code = 'account_limit';
    account.hasTurnedAway = true;
    return 'not_ours';
  }
  if (mission.isInSession) at(world.sessions, mission.account).active = move.mission;
  account.running += 1;
  mission.status = 'running';
  mission.code = null;
  mission.attempt += 1;
  mission.workerOf.push(move.worker);
  mission.isStarted = true;
  mission.events.push('mission.started');
  return { attempt: mission.attempt, stepCount: mission.steps.length, tries: mission.tries };
}

export function leave(world: World, move: Extract<Move, { kind: 'leave' }>, slack: Slack): unknown {
  const mission = at(world.missions, move.mission);
  if (!isOwned(mission, move)) {
    const isRepeat = mission.attempt === move.attempt && mission.leftAttempt === move.attempt;
    // What is still to follow from its first one, if anything is: to ask, or to ring, twice is no harm.
    return isRepeat ? { ...Object(slack.outcome), status: mission.status } : 'fenced';
  }
  const isHeldBack = missionsOf(world).some(
    ([, other]) =>
      other.account === mission.account &&
      other.status === 'queued' &&
      other.code === 'account_limit' &&
      !other.isPaused,
  );
  // A needless question is no harm; one too few leaves a mission behind.
  const wakes = isHeldBack || slack.told.has('wakes');
  const to = mission.isCancelAsked ? 'cancelled' : move.to;
  leaveSlot(world, mission);
  mission.leftAttempt = move.attempt;
  switch (to) {
    case 'queued':
      release(mission, move);
      return { status: to, wakes, isRung: mission.isRung, deliveries: 0 };
    case 'waiting':
      park(world, mission, move);
      return { status: to, wakes, isRung: false, deliveries: 0 };
    case 'completed':
    case 'failed':
    case 'cancelled': {
      const output = to === 'completed' ? `by attempt ${move.attempt}` : null;
      const code = { completed: null, failed: 'max_steps', cancelled: cancelledCode(world, mission) }[to];
      return { status: to, wakes, isRung: false, deliveries: end(mission, { move: 'finish', to, code, output }) };
    }
  }
}

function release(mission: MissionState, { isLater }: Extract<Move, { kind: 'leave' }>): void {
  if (!canMove('release', 'running', 'queued')) throw new Error('core does not know this release');
  mission.status = 'queued';
  mission.code = mission.isPaused ? 'paused' : 'retry_backoff';
  mission.tries = 1;
  mission.runAfter = mission.clock + (isLater ? 1 : 0);
  mission.isRung = !isLater;
  mission.wasRung = false;
  mission.events.push('mission.released');
}

export function cancel(world: World, mission: MissionState): { kind: string; deliveries?: number; status?: string } {
  if (isEnded(mission)) return { kind: 'ended', status: mission.status };
  mission.isCancelAsked = true;
  if (!canMove('cancel', mission.status, 'cancelled')) return { kind: 'asked' };
  const code = cancelledCode(world, mission);
  return { kind: 'cancelled', deliveries: end(mission, { move: 'cancel', to: 'cancelled', code, output: null }) };
}

export function pause(mission: MissionState): unknown {
  if (isEnded(mission)) return { kind: 'ended', status: mission.status };
  if (!mission.isPaused) {
    mission.isPaused = true;
    mission.events.push('mission.paused');
    if (mission.status === 'queued') mission.code = 'paused';
  }
  return { kind: 'paused' };
}

export function resume(mission: MissionState): unknown {
  if (isEnded(mission)) return { kind: 'ended', status: mission.status };
  if (!mission.isPaused) return { kind: 'resumed', isRung: false };
  mission.isPaused = false;
  mission.events.push('mission.resumed');
  if (mission.status !== 'queued') return { kind: 'resumed', isRung: false };
  const isPast = mission.runAfter <= mission.clock;
  const reason = mission.attempt === 0 ? 'delayed' : 'retry_backoff';
  mission.code = isPast ? null : reason;
  // One that is not due yet has no bell in hand, and is left to the sweep for its moment.
  mission.isRung = isPast;
  mission.wasRung = false;
  return { kind: 'resumed', isRung: isPast };
}
