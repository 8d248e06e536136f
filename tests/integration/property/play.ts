import { canMove, isTerminal } from '@flotilla/core';
import type { Move } from './move.ts';
import { end, isSuspect, leaveSlot } from './play-end.ts';
import { isSweep, playSweep, type Slack } from './play-sweep.ts';
import { at, type MissionState, missionsOf, type World } from './world.ts';

/** What a move must come back with. Bells are a fact here, their numbers are not: they are compared with each other. */
export type Outcome = unknown;

/** Makes a move in the model. Changes `world`. */
export function play(world: World, move: Move, slack: Slack): Outcome {
  if (isSweep(move)) return playSweep(world, move, slack);
  switch (move.kind) {
    case 'create':
      world.missions[move.mission] = created(move);
      return { isRung: !move.isDelayed };
    case 'claim':
      return claim(world, move);
    case 'leave':
      return leave(world, move, slack);
    case 'beat': {
      const toStop = missionsOf(world)
        .filter(([, mission]) => runsOn(mission, move.worker) && (mission.isCancelAsked || mission.isPaused))
        .map(([slot, mission]) => ({
          mission: slot,
          attempt: mission.attempt,
          reason: mission.isCancelAsked ? 'cancel' : 'pause',
        }));
      return { alive: at(world.workers, move.worker).isAlive, toStop };
    }
    case 'die':
    case 'stop':
      at(world.workers, move.worker).isAlive = false;
      return null;
    case 'register':
      world.workers.push({ slot: move.slot, isAlive: true });
      return null;
    default:
      return playMission(at(world.missions, move.mission), move);
  }
}

type OfMission = Exclude<
  Move,
  | { kind: 'create' | 'claim' | 'leave' | 'beat' | 'die' | 'stop' | 'register' }
  | { kind: Parameters<typeof playSweep>[1]['kind'] }
>;

function playMission(mission: MissionState, move: OfMission): Outcome {
  switch (move.kind) {
    case 'respond':
      return respond(mission, move);
    case 'start_call':
    case 'result':
      return touchCall(mission, move);
    case 'cancel':
      return cancel(mission);
    case 'pause':
      return pause(mission);
    case 'resume':
      return resume(mission);
    case 'claim_delivery': {
      const delivery = mission.deliveries[move.delivery];
      if (delivery?.status !== 'pending' || !delivery.isDue) return null;
      delivery.attempt += 1;
      delivery.isDue = false;
      return { attempt: delivery.attempt, event: mission.events.at(-1) };
    }
    case 'record': {
      const delivery = at(mission.deliveries, move.delivery);
      if (delivery.status !== 'pending' || delivery.attempt !== move.attempt) return false;
      const isRetry = move.next === 'retry' || move.next === 'retry_later';
      if (move.next !== 'retry' && move.next !== 'retry_later') delivery.status = move.next;
      delivery.isDue = isRetry && move.next === 'retry';
      delivery.recorded.push(move.attempt);
      return true;
    }
    case 'time_passes':
      mission.clock += 1;
      mission.isRung = false;
      return null;
    case 'delivery_time_passes':
      for (const delivery of mission.deliveries) delivery.isDue = delivery.status === 'pending';
      return null;
  }
}

function created(move: Extract<Move, { kind: 'create' }>): MissionState {
  return {
    account: move.account,
    priority: move.priority,
    hasWebhook: move.hasWebhook,
    status: 'queued',
    code: move.isDelayed ? 'delayed' : null,
    output: null,
    attempt: 0,
    workerOf: [],
    tries: 0,
    deaths: 0,
    isStarted: false,
    isPaused: false,
    isCancelAsked: false,
    isRung: !move.isDelayed,
    clock: 0,
    runAfter: move.isDelayed ? 1 : 0,
    expiresAt: move.ends === 'expires' ? 1.5 : null,
    deadlineAt: move.ends === 'deadline' ? 2.5 : null,
    events: ['mission.queued'],
    steps: [],
    deliveries: [],
  };
}

const runsOn = (mission: MissionState, worker: number): boolean =>
  mission.status === 'running' && mission.workerOf.at(-1) === worker;

function claim(world: World, move: Extract<Move, { kind: 'claim' }>): Outcome {
  const mission = at(world.missions, move.mission);
  const account = at(world.accounts, mission.account);
  const isClaimable =
    canMove('claim', mission.status, 'running') && !mission.isPaused && mission.runAfter <= mission.clock;
  if (!isClaimable || !at(world.workers, move.worker).isAlive) return 'not_ours';
  const others = missionsOf(world).some(([, other]) => runsOn(other, move.worker) && isSuspect(other));
  if (isSuspect(mission) && others) return 'not_ours';
  if (account.running >= account.maxRunning) {
    mission.code = 'account_limit';
    account.hasTurnedAway = true;
    return 'not_ours';
  }
  account.running += 1;
  mission.status = 'running';
  mission.code = null;
  mission.attempt += 1;
  mission.workerOf.push(move.worker);
  mission.isStarted = true;
  mission.events.push('mission.started');
  return { attempt: mission.attempt, stepCount: mission.steps.length, tries: mission.tries };
}

const isOwned = (mission: MissionState, move: { attempt: number }): boolean =>
  mission.status === 'running' && mission.attempt === move.attempt;

function respond(mission: MissionState, move: Extract<Move, { kind: 'respond' }>): Outcome {
  if (!isOwned(mission, move)) return 'fenced';
  if (move.number !== mission.steps.length + 1) {
    return mission.steps[move.number - 1]?.attempt === move.attempt ? 'committed' : 'fenced';
  }
  const calls = Array.from({ length: move.calls }, () => ({ status: 'pending' as const, by: null }));
  mission.steps.push({ attempt: move.attempt, calls });
  mission.tries = 0;
  mission.deaths = 0;
  if (move.calls === 0) mission.events.push('step.completed');
  return 'committed';
}

function touchCall(mission: MissionState, move: Extract<Move, { kind: 'start_call' | 'result' }>): Outcome {
  if (!isOwned(mission, move)) return 'fenced';
  const step = mission.steps[move.step - 1];
  const call = step?.calls[move.index];
  if (!step || !call || call.status === 'completed') return 'committed';
  if (move.kind === 'start_call') {
    if (call.status === 'started') return 'committed';
    call.status = 'started';
    call.by = move.attempt;
    mission.events.push('tool_call.started');
    return 'committed';
  }
  call.status = 'completed';
  call.by = move.attempt;
  mission.events.push('tool_call.completed');
  if (step.calls.every((other) => other.status === 'completed')) mission.events.push('step.completed');
  return 'committed';
}

function leave(world: World, move: Extract<Move, { kind: 'leave' }>, slack: Slack): Outcome {
  const mission = at(world.missions, move.mission);
  if (!isOwned(mission, move)) return 'fenced';
  const isHeldBack = missionsOf(world).some(
    ([, other]) =>
      other.account === mission.account &&
      other.status === 'queued' &&
      other.code === 'account_limit' &&
      !other.isPaused,
  );
  // A needless question is no harm; one too few leaves a mission behind.
  const wakes = isHeldBack ? true : slack.wakes;
  const to = mission.isCancelAsked ? 'cancelled' : move.to;
  leaveSlot(world, mission);
  if (to !== 'queued') {
    const output = to === 'completed' ? `by attempt ${move.attempt}` : null;
    const code = { completed: null, failed: 'max_steps', cancelled: 'cancelled_by_client' }[to];
    return { status: to, wakes, isRung: false, deliveries: end(mission, { move: 'finish', to, code, output }) };
  }
  if (!canMove('release', 'running', to)) throw new Error('core does not know this release');
  mission.status = to;
  mission.code = mission.isPaused ? 'paused' : 'retry_backoff';
  mission.tries = 1;
  mission.runAfter = mission.clock + (move.isLater ? 1 : 0);
  mission.isRung = !move.isLater;
  mission.events.push('mission.released');
  return { status: to, wakes, isRung: mission.isRung, deliveries: 0 };
}

function cancel(mission: MissionState): Outcome {
  if (isTerminal(mission.status)) return { kind: 'ended', status: mission.status };
  mission.isCancelAsked = true;
  if (!canMove('cancel', mission.status, 'cancelled')) return { kind: 'asked' };
  const deliveries = end(mission, { move: 'cancel', to: 'cancelled', code: 'cancelled_by_client', output: null });
  return { kind: 'cancelled', deliveries };
}

function pause(mission: MissionState): Outcome {
  if (isTerminal(mission.status)) return { kind: 'ended', status: mission.status };
  if (!mission.isPaused) {
    mission.isPaused = true;
    mission.events.push('mission.paused');
    if (mission.status === 'queued') mission.code = 'paused';
  }
  return { kind: 'paused' };
}

function resume(mission: MissionState): Outcome {
  if (isTerminal(mission.status)) return { kind: 'ended', status: mission.status };
  if (!mission.isPaused) return { kind: 'resumed', isRung: false };
  mission.isPaused = false;
  mission.events.push('mission.resumed');
  if (mission.status !== 'queued') return { kind: 'resumed', isRung: false };
  const isDue = mission.runAfter <= mission.clock;
  const waitsFor = mission.attempt === 0 ? 'delayed' : 'retry_backoff';
  mission.code = isDue ? null : waitsFor;
  // One that is not due yet has no bell in hand, and is left to the sweep for its moment.
  mission.isRung = isDue;
  return { kind: 'resumed', isRung: isDue };
}
