import { WORKER_DEATHS_UNTIL_POISONED } from '@flotilla/core';
import type { Move } from './move.ts';
import { end, leaveSlot } from './play-end.ts';
import { at, type MissionState, missionsOf, type World } from './world.ts';

/**
 * What the model leaves open, because the database may do one or the other. Alone, nothing is open. In company, a sweep
 * passes by what somebody else has locked, and chooses from a snapshot that is older than its locks: it may leave out
 * what is `touched` by others, for the next sweep to find.
 */
export type Slack = {
  isAlone: boolean;
  touched: ReadonlySet<number>;
  /** Which missions the sweep took. */
  taken: readonly number[];
  /** Whether the leave asked for a wake: one too many is a needless question, one too few leaves a mission behind. */
  wakes: boolean;
};

type Sweep = Extract<Move, { kind: 'requeue_orphans' | 'end_overdue' | 'take_due' | 'wake' }>;
type Entry = [slot: number, mission: MissionState];

export function isSweep<Any extends { kind: string }>(move: Any): move is Extract<Any, { kind: Sweep['kind'] }> {
  return ['requeue_orphans', 'end_overdue', 'take_due', 'wake'].includes(move.kind);
}

export function eligibleFor(world: World, sweep: Sweep): Entry[] {
  return missionsOf(world).filter(([, mission]) => isEligible(world, sweep, mission));
}

/** Makes a sweep's move in the model, by what it took. Returns what it must have come back with. */
export function playSweep(world: World, sweep: Sweep, slack: Slack): Record<number, unknown> {
  const chosen = choose(world, { sweep, eligible: eligibleFor(world, sweep), slack });
  return Object.fromEntries(chosen.map(([slot, mission]) => [slot, take(world, sweep, mission)]));
}

function isEligible(world: World, sweep: Sweep, mission: MissionState): boolean {
  const account = at(world.accounts, mission.account);
  const isQueued = mission.status === 'queued' && !mission.isPaused && mission.runAfter <= mission.clock;
  switch (sweep.kind) {
    case 'requeue_orphans':
      return mission.status === 'running' && !at(world.workers, mission.workerOf.at(-1) ?? -1).isAlive;
    case 'end_overdue': {
      const isExpired = !mission.isStarted && isOver(mission, mission.expiresAt);
      return mission.status === 'queued' && (isExpired || isOver(mission, mission.deadlineAt));
    }
    case 'take_due':
      return isQueued && !mission.isRung && (mission.code !== 'account_limit' || account.running < account.maxRunning);
    case 'wake':
      return isQueued && mission.code === 'account_limit';
  }
}

const isOver = (mission: MissionState, moment: number | null): boolean => moment !== null && moment <= mission.clock;

function choose(world: World, { sweep, eligible, slack }: { sweep: Sweep; eligible: Entry[]; slack: Slack }): Entry[] {
  const isTaken = ([slot]: Entry) => slack.taken.includes(slot);
  const wanted = wantedOf(world, sweep, eligible);
  if (slack.isAlone) {
    // Among those of one priority, the longest due comes first: which that is, is the database's to know.
    const taken = eligible.filter(isTaken);
    const priorities = (entries: Entry[]) =>
      entries
        .map(([, { priority }]) => priority)
        .toSorted((a, b) => a - b)
        .join();
    return priorities(taken) === priorities(wanted) ? taken : wanted;
  }
  if (sweep.kind === 'take_due' || sweep.kind === 'wake') {
    // A bell too many or too few is what bells are for. Only what is queued is ever rung.
    return missionsOf(world).filter((entry) => isTaken(entry) && entry[1].status === 'queued');
  }
  return eligible.filter((entry) => isTaken(entry) || !slack.touched.has(entry[0]));
}

/** Those that a sweep alone takes: the first by priority, as many as there is room for. */
function wantedOf(world: World, sweep: Sweep, eligible: Entry[]): Entry[] {
  const inOrder = eligible.toSorted(([, a], [, b]) => a.priority - b.priority);
  if (sweep.kind === 'take_due') return inOrder.slice(0, sweep.limit);
  if (sweep.kind !== 'wake') return inOrder;
  return world.accounts.flatMap(({ maxRunning, running }, index) =>
    inOrder.filter(([, mission]) => mission.account === index).slice(0, Math.max(0, maxRunning - running)),
  );
}

function take(world: World, sweep: Sweep, mission: MissionState): unknown {
  switch (sweep.kind) {
    case 'requeue_orphans':
      return requeue(world, mission);
    case 'end_overdue': {
      const code = isOver(mission, mission.deadlineAt) ? 'deadline_exceeded' : 'expired';
      return { code, deliveries: end(mission, { move: 'expire', to: 'failed', code, output: null }) };
    }
    case 'take_due':
    case 'wake':
      mission.isRung = true;
      if (sweep.kind === 'wake') mission.code = null;
      return 'rung';
  }
}

function requeue(world: World, mission: MissionState): unknown {
  leaveSlot(world, mission);
  mission.deaths += 1;
  if (mission.isCancelAsked) {
    const deliveries = end(mission, { move: 'release', to: 'cancelled', code: 'cancelled_by_client', output: null });
    return { status: 'cancelled', deliveries };
  }
  if (mission.deaths >= WORKER_DEATHS_UNTIL_POISONED) {
    return {
      status: 'failed',
      deliveries: end(mission, { move: 'release', to: 'failed', code: 'poisoned', output: null }),
    };
  }
  mission.status = 'queued';
  mission.code = mission.isPaused ? 'paused' : 'no_worker';
  mission.runAfter = mission.clock;
  mission.isRung = true;
  mission.events.push('mission.released');
  return { status: 'queued', deliveries: 0 };
}
