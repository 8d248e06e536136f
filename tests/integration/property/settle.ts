import { isTerminal } from '@flotilla/core';
import { type Draw, isOfMission, type Missions, type Move } from './move.ts';
import { eligibleFor, isSweep } from './play-sweep.ts';
import { at, isLastStepDone, type MissionState, missionsOf, type World } from './world.ts';

/** How many may be unfinished at once: few, so that moves meet. */
const UNFINISHED_MAX = 5;

/** Settles a round's moves against the world as it is before. What has nothing to concern is left out. */
export function settle(draws: readonly Draw[], world: World): Move[] {
  const missions = missionsOf(world);
  const unfinished = missions.filter(([, state]) => !isTerminal(state.status)).length;
  const moves: Move[] = [];
  for (const one of draws) {
    if (one.kind === 'create') {
      const created = moves.filter((move) => move.kind === 'create').length;
      if (unfinished + created < UNFINISHED_MAX) moves.push({ ...one, mission: missions.length + created });
    } else if (!isOfMission(one)) {
      const move = ofFleet(one, world);
      if (move) moves.push(move);
    } else if (missions.length > 0) {
      const mission = missionFor(one, missions);
      const move = mission === null ? null : ofMission({ ...one, mission }, world);
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
      return state.status === 'queued' && !state.isPaused && state.runAfter <= state.clock;
    case 'respond':
      return state.status === 'running' && isLastStepDone(state);
    case 'start_call':
    case 'result':
      return state.status === 'running' && !isLastStepDone(state);
    case 'leave':
      return state.status === 'running';
    case 'cancel':
    case 'pause':
      return !isTerminal(state.status);
    case 'resume':
      return state.isPaused && !isTerminal(state.status);
    case 'time_passes':
      return state.status === 'queued';
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

function ofFleet(one: Exclude<Draw, Missions | { kind: 'create' }>, world: World): Move | null {
  // A sweep that finds nothing has to be tried too, but not every time.
  if (isSweep(one)) return one.via === 0 || eligibleFor(world, one).length > 0 ? one : null;
  const worker = workerIn(world, one.slot);
  if (one.kind === 'register') return at(world.workers, worker).isAlive ? null : one;
  return { ...one, worker };
}

function ofMission(one: Missions, world: World): Move | null {
  const state = at(world.missions, one.mission);
  if (one.kind === 'claim') return { ...one, worker: workerIn(world, one.slot) };
  if (!('age' in one)) return one;
  if (one.kind === 'record') {
    const delivery = state.deliveries[one.delivery];
    const attempt = (delivery?.attempt ?? 0) - one.age;
    // A worker records an attempt once: it does not repeat a record whose reply was lost.
    return attempt < 1 || delivery?.recorded.includes(attempt) === true ? null : { ...one, attempt };
  }
  const attempt = Math.max(0, state.attempt - one.age);
  // A write goes through the process of the worker that made the attempt.
  const writer = { attempt, via: at(world.workers, state.workerOf[attempt - 1] ?? 0).slot % 2 };
  switch (one.kind) {
    case 'respond':
      return { ...one, ...writer, number: Math.max(1, state.steps.length + one.ahead) };
    case 'start_call':
    case 'result':
      return { ...one, ...writer, step: Math.max(1, state.steps.length) };
    case 'leave':
      return { ...one, ...writer };
  }
}

const isSameRecord = (one: Move, other: Move): boolean =>
  one.kind === 'record' &&
  other.kind === 'record' &&
  one.mission === other.mission &&
  one.delivery === other.delivery &&
  one.attempt === other.attempt;
