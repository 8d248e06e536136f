import { at, isEnded, type MissionState, missionsOf, type World } from './world.ts';

export const isDue = (mission: MissionState): boolean =>
  mission.status === 'queued' && !mission.isPaused && mission.runAfter <= mission.clock;

export const isOver = (mission: MissionState, moment: number | null): boolean =>
  moment !== null && moment <= mission.clock;

/** Not to be started any more. */
export const isExpired = (mission: MissionState): boolean => !mission.isStarted && isOver(mission, mission.expiresAt);

/** Whether a mission may be the next of its session: nobody has it who is not through, and none before it could run now. */
export function isItsTurn(world: World, number: number): boolean {
  const mission = at(world.missions, number);
  if (!mission.isInSession) return true;
  const { active } = at(world.sessions, mission.account);
  if (active === number) return true;
  if (active !== null && !isEnded(at(world.missions, active))) return false;
  return !missionsOf(world).some(
    ([other, state]) => other < number && state.isInSession && state.account === mission.account && isDue(state),
  );
}

/** The sessions' next, as far as they may run now. */
export const inTurn = (world: World): [number: number, mission: MissionState][] =>
  missionsOf(world).filter(([number, mission]) => mission.isInSession && isDue(mission) && isItsTurn(world, number));

/** Whether it had been turned away does not matter: its bell may have been answered just before. */
export function ringInTurn(mission: MissionState): void {
  mission.isRung = true;
  if (mission.code === 'session_busy') mission.code = null;
}
