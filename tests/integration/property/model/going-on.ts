import { goOn, isLate, isReady, waitsFor } from './park.ts';
import { isTaken, type Slack } from './slack.ts';
import { type MissionState, missionsOf, type World } from './world.ts';

type Entry = [number: number, mission: MissionState];
type Rung = Record<number, 'rung'>;

/** Parents that wait for nothing any more, and have not been told. */
export const waitingParents = (world: World): Entry[] =>
  missionsOf(world).filter(([, mission]) => Object.keys(mission.children).length > 0 && isReady(world, mission));

/** The last child's end, or the sweep, wakes the parent. */
export function wakeParents(world: World, slack: Slack): Rung {
  return goOnTogether(waitingParents(world), slack);
}

export const withLateAsks = (world: World): Entry[] =>
  missionsOf(world).filter(([, mission]) =>
    Object.values(mission.asks).some((ask) => ask.state === 'open' && isLate(mission, ask)),
  );

/** Asks past their time are settled; a mission that waits for nothing else goes on. */
export function expireAnswers(world: World, slack: Slack): Rung {
  const late = withLateAsks(world);
  for (const [, mission] of late) {
    for (const ask of Object.values(mission.asks)) if (isLate(mission, ask)) ask.state = 'expired';
  }
  const waiting = late.filter(([, { status }]) => status === 'waiting');
  const rung = goOnTogether(
    waiting.filter(([, mission]) => isReady(world, mission)),
    slack,
  );
  for (const [, mission] of waiting) if (mission.status === 'waiting') mission.code = waitsFor(mission);
  return rung;
}

/** In company, one whose last child ends meanwhile may be left to that. Nobody hears of a paused one either way. */
function goOnTogether(ready: readonly Entry[], slack: Slack): Rung {
  const rung: Rung = {};
  for (const [number, mission] of ready) {
    const isPassedBy =
      !slack.isAlone && slack.touched.has(number) && (mission.isPaused ? slack.passesBy : !isTaken(slack, number));
    if (isPassedBy) continue;
    goOn(mission);
    if (!mission.isPaused) rung[number] = 'rung';
  }
  return rung;
}
