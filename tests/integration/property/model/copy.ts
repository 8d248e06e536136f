import { created } from './create.ts';
import type { Move } from './move.ts';
import { at, isEnded, type MissionState, missionsOf, type World } from './world.ts';

/** Makes a mission that begins as another did: what was done is copied, and not done again. */
export function copy(world: World, move: Extract<Move, { kind: 'copy' }>): unknown {
  const source = at(world.missions, move.mission);
  const stepCount = source.steps.length;
  // A step that asked for nothing has ended its mission, or would end the copy.
  const isOver = source.steps.at(-1)?.calls.length === 0;
  if (move.how === 'fork') {
    if (move.upTo > stepCount) return { kind: 'no_such_step', stepCount };
    if (isOver && move.upTo === stepCount) return { kind: 'ends_there' };
  } else {
    if (!isEnded(source)) return { kind: 'not_ended', status: source.status };
    const isRetried = missionsOf(world).some(([, { retryOf }]) => retryOf === move.mission);
    if (move.once && isRetried) return { kind: 'retried' };
  }
  const upTo = { start: 0, last_step: stepCount - Number(isOver), fork: move.upTo }[move.how];
  world.missions[move.number] = {
    ...created({ ...source, isDelayed: false, ends: 'never' }),
    depth: source.depth,
    retryOf: move.how === 'fork' ? null : move.mission,
    deadlineAt: remaining(source),
    steps: source.steps.slice(0, upTo).map(({ calls }) => ({
      attempt: 0,
      calls: calls.map(({ status, result }) => ({ status, result, by: null })),
    })),
  };
  return { kind: 'copied', isRung: true };
}

function remaining({ deadlineAt, clock }: MissionState): number | null {
  return deadlineAt === null || deadlineAt <= clock ? null : deadlineAt - clock;
}
