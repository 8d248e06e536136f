import { isForgotten } from './model/family.ts';
import { type Draw, isOfMission, type Missions, type Move } from './model/move.ts';
import { isLate } from './model/park.ts';
import { findsSomething, isSweep, SWEEPS } from './model/sweep.ts';
import { isDue } from './model/turn.ts';
import {
  at,
  isEnded,
  isLastStepDone,
  type MissionState,
  missionsOf,
  nextNumber,
  openAsks,
  type World,
} from './model/world.ts';

/** How many may be unfinished at once: few, so that moves meet. */
const UNFINISHED_MAX = 6;

/** Settles a round's moves against the world as it is before. What has nothing to concern is left out. */
export function settle(draws: readonly Draw[], world: World): Move[] {
  const missions = missionsOf(world);
  let room = UNFINISHED_MAX - missions.filter(([, state]) => !isEnded(state)).length;
  let next = nextNumber(world);
  /** The numbers of so many new missions, or as many as there is room for. */
  function make(wanted: number): number[] {
    const made = Array.from({ length: Math.max(0, Math.min(wanted, room)) }, (_, index) => next + index);
    next += made.length;
    room -= made.length;
    return made;
  }

  const moves: Move[] = [];
  for (const one of draws) {
    if (one.kind === 'create') {
      for (const mission of make(1)) moves.push({ ...one, mission });
    } else if (!isOfMission(one)) {
      const move = ofFleet(one, world, draws.length === 1);
      if (move) moves.push(move);
    } else if (missions.length > 0) {
      const mission = missionFor(one, missions);
      const move = mission === null ? null : ofMission({ ...one, mission }, world, make);
      if (move && !moves.some((other) => isSameRecord(other, move))) moves.push(move);
    }
  }
  return moves;
}

/** A mission to which the move means something, if there is one; for one number in eight, any. */
function missionFor(one: Missions, missions: [number, MissionState][]): number | null {
  const choice = one.mission % 8 === 7 ? missions : missions.filter(([, state]) => isFitting(one, state));
  return choice[one.mission % choice.length]?.[0] ?? null;
}

function isFitting(one: Missions, state: MissionState): boolean {
  switch (one.kind) {
    case 'claim':
      return isDue(state);
    case 'respond':
      return state.status === 'running' && isLastStepDone(state);
    case 'start_call':
    case 'result':
      return state.status === 'running' && !isLastStepDone(state);
    case 'leave':
      return state.status === 'running';
    case 'cancel':
    case 'pause':
      return !isEnded(state);
    case 'resume':
      return state.isPaused && !isEnded(state);
    case 'answer':
      return state.status === 'waiting';
    case 'copy':
      return one.how === 'fork' || isEnded(state);
    case 'settle':
      return isEnded(state) && (state.isInSession || state.parent !== null || Object.keys(state.children).length > 0);
    case 'time_passes':
      return state.status === 'queued' || state.status === 'waiting';
    case 'claim_delivery':
    case 'delivery_time_passes':
      return state.deliveries.some((delivery) => delivery.status === 'pending');
    case 'record':
      return state.deliveries.some(
        ({ status, attempt, recorded }) => status === 'pending' && attempt > recorded.length,
      );
  }
}

const workerIn = (world: World, wanted: number): number =>
  world.workers.findLastIndex((worker) => worker.slot === wanted);

function ofFleet(one: Exclude<Draw, Missions | { kind: 'create' }>, world: World, isAlone: boolean): Move | null {
  if (isSweep(one) || one.kind === 'settle_families') return sweepFor(one, world, isAlone);
  switch (one.kind) {
    case 'cancel_in_bulk':
    case 'set_limits':
      return one;
    case 'register':
      return at(world.workers, workerIn(world, one.slot)).isAlive ? null : one;
    case 'beat':
    case 'die':
    case 'stop':
      return { ...one, worker: workerIn(world, one.slot) };
  }
}

type Sweep = Extract<Draw, { kind: (typeof SWEEPS)[number] | 'settle_families' }>;

/** A sweep that finds nothing has to be tried too, but not every time: it then makes way for one that does, the rarest first. */
function sweepFor(one: Sweep, world: World, isAlone: boolean): Move {
  const { via } = one;
  const others = SWEEPS.toReversed().map((kind) => (kind === 'take_due' ? { kind, limit: 100, via } : { kind, via }));
  const rarest: Sweep[] = isAlone ? [{ kind: 'settle_families', via }] : [];
  const isOfUse = (sweep: Sweep) => (isSweep(sweep) ? findsSomething(world, sweep) : isForgotten(world));
  return (via === 0 ? null : [...rarest, one, ...others].find(isOfUse)) ?? one;
}

function ofMission(one: Missions, world: World, make: (wanted: number) => number[]): Move | null {
  const state = at(world.missions, one.mission);
  switch (one.kind) {
    case 'claim':
      return { ...one, worker: workerIn(world, one.slot) };
    case 'answer':
      return { ...one, ask: askFor(state, one.which) };
    case 'copy': {
      const [number] = make(1);
      return number === undefined ? null : { ...one, number };
    }
    case 'settle':
      return isEnded(state) ? one : null;
    case 'record': {
      const delivery = state.deliveries[one.delivery];
      const attempt = (delivery?.attempt ?? 0) - one.age;
      // A worker records an attempt once: it does not repeat a record whose reply was lost.
      return attempt < 1 || delivery?.recorded.includes(attempt) === true ? null : { ...one, attempt };
    }
    case 'respond':
    case 'start_call':
    case 'result':
    case 'leave':
      return ofWriter(one, { state, world, make });
    case 'cancel':
    case 'pause':
    case 'resume':
    case 'claim_delivery':
    case 'time_passes':
    case 'delivery_time_passes':
      return one;
  }
}

/** One that is open, mostly; else one that the mission has asked some time, or never. */
function askFor(state: MissionState, which: number): string {
  const names = Object.keys(state.asks);
  const open = openAsks(state).flatMap(([name, ask]) => (isLate(state, ask) ? [] : name));
  const choice = which % 4 === 3 ? [...names, 'never'] : open;
  return choice[which % choice.length] ?? 'never';
}

type Writes = Extract<Missions, { kind: 'respond' | 'start_call' | 'result' | 'leave' }>;
type Around = { state: MissionState; world: World; make: (wanted: number) => number[] };

/** A write goes through the process of the worker that made the attempt. */
function ofWriter(one: Writes, { state, world, make }: Around): Move {
  const attempt = Math.max(0, state.attempt - one.age);
  const writer = { attempt, via: at(world.workers, state.workerOf[attempt - 1] ?? 0).slot % 2 };
  const step = Math.max(1, state.steps.length);
  switch (one.kind) {
    case 'respond':
      return { ...one, ...writer, number: Math.max(1, state.steps.length + one.ahead) };
    case 'start_call':
    case 'result':
      return { ...one, ...writer, step };
    case 'leave': {
      // A child starts none itself here.
      const children = one.to === 'waiting' && state.depth === 0 ? make(one.starts) : [];
      const asks = children.length === 0 ? Math.max(1, one.asks) : one.asks;
      return { ...one, ...writer, step, asks, children };
    }
  }
}

const isSameRecord = (one: Move, other: Move): boolean =>
  one.kind === 'record' &&
  other.kind === 'record' &&
  one.mission === other.mission &&
  one.delivery === other.delivery &&
  one.attempt === other.attempt;
