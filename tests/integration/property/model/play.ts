import { copy } from './copy.ts';
import { created } from './create.ts';
import { playDelivery } from './deliveries.ts';
import { roomOf } from './due.ts';
import { settleEnds, settleFamilies } from './family.ts';
import { cancel, claim, leave, pause, resume, runsOn } from './life.ts';
import type { Move } from './move.ts';
import { answer } from './park.ts';
import { isTaken, type Slack } from './slack.ts';
import { respond, touchCall } from './steps.ts';
import { isSweep, playSweep } from './sweep.ts';
import { at, isEnded, missionsOf, type World } from './world.ts';

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
    case 'respond':
      return respond(at(world.missions, move.mission), move);
    case 'start_call':
    case 'result':
      return touchCall(at(world.missions, move.mission), move);
    case 'leave':
      return leave(world, move, slack);
    case 'cancel':
      return cancel(world, at(world.missions, move.mission));
    case 'pause':
      return pause(at(world.missions, move.mission));
    case 'resume':
      return resume(at(world.missions, move.mission));
    case 'answer':
      return answer(world, at(world.missions, move.mission), move.ask);
    case 'copy':
      return copy(world, move);
    case 'settle':
      return settleEnds(world, [move.mission], slack);
    case 'settle_families':
      return settleFamilies(world, slack);
    case 'cancel_in_bulk':
      return cancelInBulk(world, move);
    case 'set_limits':
      return setLimits(world, move, slack);
    case 'beat':
      return beat(world, move.worker);
    case 'die':
    case 'stop':
      at(world.workers, move.worker).isAlive = false;
      return null;
    case 'register':
      world.workers.push({ slot: move.slot, isAlive: true });
      return null;
    case 'claim_delivery':
    case 'record':
    case 'delivery_time_passes':
      return playDelivery(at(world.missions, move.mission), move);
    case 'time_passes': {
      const mission = at(world.missions, move.mission);
      mission.clock += 1;
      mission.wasRung ||= mission.isRung;
      mission.isRung = false;
      return null;
    }
  }
}

function beat(world: World, worker: number): Outcome {
  const toStop = missionsOf(world)
    .filter(([, mission]) => runsOn(mission, worker) && (mission.isCancelAsked || mission.isPaused))
    .map(([number, mission]) => ({
      mission: number,
      attempt: mission.attempt,
      reason: mission.isCancelAsked ? 'cancel' : 'pause',
    }));
  return { alive: at(world.workers, worker).isAlive, toStop };
}

/** The newest first, each as if it were cancelled by itself. */
function cancelInBulk(world: World, { account, limit }: Extract<Move, { kind: 'cancel_in_bulk' }>): Outcome {
  const found = missionsOf(world)
    .filter(([, mission]) => mission.account === account && !isEnded(mission) && !mission.isCancelAsked)
    .toReversed()
    .slice(0, limit);
  return found.map(([number, mission]) => ({ mission: number, ...cancel(world, mission) }));
}

/** Of those that were turned away, the sweep is to ring as many as have room now. */
function setLimits(world: World, move: Extract<Move, { kind: 'set_limits' }>, slack: Slack): Outcome {
  at(world.accounts, move.account).maxRunning = move.maxRunning;
  const held = missionsOf(world).filter(
    ([, { account, status, code, isPaused }]) =>
      account === move.account && status === 'queued' && code === 'account_limit' && !isPaused,
  );
  const unrung = held.filter(([number]) => isTaken(slack, number));
  for (const [, mission] of unrung) {
    mission.isRung = false;
    mission.wasRung = false;
  }
  const places = Math.min(held.length, roomOf(world, move.account));
  return unrung.length < places ? { wrong: `${places} should be left to the sweep` } : slack.outcome;
}
