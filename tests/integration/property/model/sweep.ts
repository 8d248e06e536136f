import { WORKER_DEATHS_UNTIL_POISONED } from '@flotilla/core';
import { dueDeliveries, takeDueDeliveries } from './deliveries.ts';
import { areTheFirst, type Entry, heldBack, isRightlyTaken, isRightlyTurnedAway, mayBeTaken, roomOf } from './due.ts';
import { cancelledCode, end, leaveSlot } from './end.ts';
import { expireAnswers, waitingParents, wakeParents, withLateAsks } from './going-on.ts';
import type { Move } from './move.ts';
import { isTaken, type Slack } from './slack.ts';
import { inTurn, isExpired, isOver, ringInTurn } from './turn.ts';
import { at, type MissionState, missionsOf, type World } from './world.ts';

export const SWEEPS = [
  'requeue_orphans',
  'end_overdue',
  'expire_answers',
  'take_due',
  'take_due_deliveries',
  'wake',
  'wake_sessions',
  'wake_parents',
] as const;
type Sweep = Extract<Move, { kind: (typeof SWEEPS)[number] }>;

export function isSweep<Any extends { kind: string }>(move: Any): move is Extract<Any, { kind: Sweep['kind'] }> {
  return SWEEPS.some((kind) => kind === move.kind);
}

/** Whether a sweep has anything to take. */
export function findsSomething(world: World, sweep: Sweep): boolean {
  switch (sweep.kind) {
    case 'requeue_orphans':
      return orphans(world).length > 0;
    case 'end_overdue':
      return overdue(world).length > 0;
    case 'expire_answers':
      return withLateAsks(world).length > 0;
    case 'take_due':
      return mayBeTaken(world).length > 0;
    case 'take_due_deliveries':
      return dueDeliveries(world).length > 0;
    case 'wake':
      return world.accounts.some((_, account) => heldBack(world, account).length > 0);
    case 'wake_sessions':
      return inTurn(world).length > 0;
    case 'wake_parents':
      return waitingParents(world).length > 0;
  }
}

/** Makes a sweep's move in the model, by what it took. Returns what it must have come back with. */
export function playSweep(world: World, sweep: Sweep, slack: Slack): Record<string, unknown> {
  switch (sweep.kind) {
    case 'requeue_orphans':
      return takeEach(orphans(world), slack, (mission) => requeue(world, mission));
    case 'end_overdue':
      return takeEach(overdue(world), slack, (mission) => {
        const code = isOver(mission, mission.deadlineAt) ? 'deadline_exceeded' : 'expired';
        return { code, deliveries: end(mission, { move: 'expire', to: 'failed', code, output: null }) };
      });
    case 'expire_answers':
      return expireAnswers(world, slack);
    case 'take_due_deliveries':
      return takeDueDeliveries(world, slack);
    case 'wake_parents':
      return wakeParents(world, slack);
    case 'take_due':
      return takeDue(world, sweep, slack);
    case 'wake':
      return ring(world, slack, { isRight: (taken) => isRightlyWoken(world, taken), how: wake });
    case 'wake_sessions':
      return ring(world, slack, {
        isRight: (taken) => areTheFirst(taken, inTurn(world), Number.POSITIVE_INFINITY),
        how: ringInTurn,
      });
  }
}

/** What somebody else has in hand is passed by. */
function takeEach(entries: Entry[], slack: Slack, take: (mission: MissionState) => unknown): Record<string, unknown> {
  const taken = entries.filter(([number]) => slack.isAlone || isTaken(slack, number) || !slack.touched.has(number));
  return Object.fromEntries(taken.map(([number, mission]) => [number, take(mission)]));
}

/** Those for whom their accounts have no room are turned away as by a claim, and with them who is rung before them. */
function takeDue(world: World, sweep: Extract<Move, { kind: 'take_due' }>, slack: Slack): Record<string, unknown> {
  const told = new Map(Object.entries(Object(slack.outcome)));
  const found = missionsOf(world).filter(([number, { status }]) => told.has(String(number)) && status === 'queued');
  const of = (...outcomes: string[]) => found.filter(([number]) => outcomes.includes(String(told.get(String(number)))));
  const [taken, turnedAway] = [of('rung', 'rung in line'), of('rung in line', 'turned away')];
  const isRight = isRightlyTaken(world, sweep, { taken, slack }) && isRightlyTurnedAway(world, turnedAway);
  if (slack.isAlone && !isRight) return { wrong: 'other missions should have been taken' };
  for (const [, mission] of taken) ringAgain(mission);
  for (const [, mission] of turnedAway) {
    mission.code = 'account_limit';
    // As if it had been rung at its moment and turned away.
    mission.isRung ||= mission.runAfter === mission.clock;
    mission.wasRung ||= !mission.isRung;
    at(world.accounts, mission.account).hasTurnedAway = true;
  }
  return Object.fromEntries(found.map(([number]) => [number, told.get(String(number))]));
}

/** In company, a bell too many or too few is what bells are for. Only what is queued is ever rung. */
function ring(
  world: World,
  slack: Slack,
  { isRight, how = ringAgain }: { isRight: (taken: Entry[]) => boolean; how?: (mission: MissionState) => void },
): Record<string, unknown> {
  const taken = missionsOf(world).filter(([number, { status }]) => isTaken(slack, number) && status === 'queued');
  if (slack.isAlone && !isRight(taken)) return { wrong: 'other missions should have been taken' };
  for (const [, mission] of taken) how(mission);
  return Object.fromEntries(taken.map(([number]) => [number, 'rung']));
}

const isRightlyWoken = (world: World, taken: Entry[]): boolean =>
  world.accounts.every((_, account) =>
    areTheFirst(
      taken.filter(([, mission]) => mission.account === account),
      heldBack(world, account),
      roomOf(world, account),
    ),
  );

function ringAgain(mission: MissionState): void {
  mission.isRung = true;
}

function wake(mission: MissionState): void {
  mission.isRung = true;
  mission.code = null;
}

const orphans = (world: World): Entry[] =>
  missionsOf(world).filter(
    ([, { status, workerOf }]) => status === 'running' && !at(world.workers, workerOf.at(-1) ?? -1).isAlive,
  );

const overdue = (world: World): Entry[] =>
  missionsOf(world).filter(([, mission]) => {
    const isOpen = mission.status === 'queued' || mission.status === 'waiting';
    return isOpen && (isExpired(mission) || isOver(mission, mission.deadlineAt));
  });

function requeue(world: World, mission: MissionState): unknown {
  leaveSlot(world, mission);
  mission.deaths += 1;
  if (mission.isCancelAsked) {
    const code = cancelledCode(world, mission);
    return { status: 'cancelled', deliveries: end(mission, { move: 'release', to: 'cancelled', code, output: null }) };
  }
  if (mission.deaths >= WORKER_DEATHS_UNTIL_POISONED) {
    const how = { move: 'release', to: 'failed', code: 'poisoned', output: null } as const;
    return { status: 'failed', deliveries: end(mission, how) };
  }
  mission.status = 'queued';
  mission.code = mission.isPaused ? 'paused' : 'no_worker';
  mission.runAfter = mission.clock;
  mission.isRung = true;
  mission.events.push('mission.released');
  return { status: 'queued', deliveries: 0 };
}
