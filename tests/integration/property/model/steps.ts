import type { Move } from './move.ts';
import type { MissionState } from './world.ts';

export const isOwned = (mission: MissionState, move: { attempt: number }): boolean =>
  mission.status === 'running' && mission.attempt === move.attempt;

export function respond(mission: MissionState, move: Extract<Move, { kind: 'respond' }>): 'committed' | 'fenced' {
  if (!isOwned(mission, move)) return 'fenced';
  if (move.number !== mission.steps.length + 1) {
    return mission.steps[move.number - 1]?.attempt === move.attempt ? 'committed' : 'fenced';
  }
  const calls = Array.from({ length: move.calls }, () => ({ status: 'pending' as const, by: null, result: null }));
  mission.steps.push({ attempt: move.attempt, calls });
  mission.tries = 0;
  mission.deaths = 0;
  if (move.calls === 0) mission.events.push('step.completed');
  return 'committed';
}

export function touchCall(
  mission: MissionState,
  move: Extract<Move, { kind: 'start_call' | 'result' }>,
): 'committed' | 'fenced' {
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
  call.result = `by attempt ${move.attempt}`;
  mission.events.push('tool_call.completed');
  if (step.calls.every((other) => other.status === 'completed')) mission.events.push('step.completed');
  return 'committed';
}
