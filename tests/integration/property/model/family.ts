import { areTheFirst, heldBack, roomOf } from './due.ts';
import { waitingParents } from './going-on.ts';
import { cancel } from './life.ts';
import { goOn } from './park.ts';
import { isTaken, type Slack } from './slack.ts';
import { inTurn, ringInTurn } from './turn.ts';
import { at, isEnded, missionsOf, unfinishedChildren, type World } from './world.ts';

/** What followed: who was rung, what cancelled children owe, and which of them run and were asked to stop. */
type Aftermath = { rung: number[]; owed: number; asked: number[] };

/** What follows from these ends, alone: the sessions' next, whoever may have their slots, parents, children. */
export function settleEnds(world: World, ends: readonly number[], slack: Slack): Aftermath {
  const aftermath: Aftermath = { rung: [], owed: 0, asked: [] };
  for (const ended of ends) {
    const { isInSession, account } = at(world.missions, ended);
    if (isInSession) aftermath.rung.push(...wakeSession(world, account));
  }
  const parents = ends.flatMap((ended) => at(world.missions, ended).parent ?? []);
  aftermath.rung.push(...wakeParents(world, parents));
  cancelChildren(world, ends, { aftermath, slack });
  return sorted(aftermath);
}

/** The same for what a crash has kept from following, as far as parents and children go. */
export function settleFamilies(world: World, slack: Slack): Aftermath {
  const aftermath: Aftermath = { rung: [], owed: 0, asked: [] };
  const numbers = missionsOf(world).map(([number]) => number);
  const ended = numbers.filter((number) => isEnded(at(world.missions, number)));
  aftermath.rung.push(...wakeParents(world, numbers));
  cancelChildren(world, ended, { aftermath, slack });
  return sorted(aftermath);
}

/** Whether there is anything that a crash would have kept from following. */
export const isForgotten = (world: World): boolean =>
  waitingParents(world).length > 0 ||
  missionsOf(world).some(([, mission]) => isEnded(mission) && unfinishedChildren(world, mission).length > 0);

function wakeSession(world: World, account: number): number[] {
  const next = inTurn(world).filter(([, mission]) => mission.account === account);
  for (const [, mission] of next) ringInTurn(mission);
  return next.map(([number]) => number);
}

function wakeParents(world: World, numbers: readonly number[]): number[] {
  const ready = waitingParents(world).filter(([number]) => numbers.includes(number));
  for (const [, mission] of ready) goOn(mission);
  return ready.flatMap(([number, { isPaused }]) => (isPaused ? [] : number));
}

/** Children of children there are none here, so that one turn is enough. */
function cancelChildren(
  world: World,
  parents: readonly number[],
  { aftermath, slack }: { aftermath: Aftermath; slack: Slack },
): void {
  const accounts = new Set<number>();
  const children = parents.flatMap((parent) => unfinishedChildren(world, at(world.missions, parent)));
  for (const number of children.toSorted((one, other) => one - other)) {
    const child = at(world.missions, number);
    if (child.isCancelAsked) continue;
    // It was rung for a slot that it will not take.
    if (child.status === 'queued' && child.code === null && at(world.accounts, child.account).hasTurnedAway) {
      accounts.add(child.account);
    }
    const { kind, deliveries = 0 } = cancel(world, child);
    if (kind === 'asked') aftermath.asked.push(number);
    aftermath.owed += deliveries;
  }
  for (const account of accounts) aftermath.rung.push(...wakeHeldBack(world, account, slack));
}

function wakeHeldBack(world: World, account: number, slack: Slack): number[] {
  const entries = heldBack(world, account);
  const taken = entries.filter(([number]) => isTaken(slack, number));
  if (!areTheFirst(taken, entries, roomOf(world, account))) return [-1];
  for (const [, mission] of taken) {
    mission.isRung = true;
    mission.code = null;
  }
  return taken.map(([number]) => number);
}

function sorted({ rung, owed, asked }: Aftermath): Aftermath {
  const inOrder = (numbers: number[]) => numbers.toSorted((one, other) => one - other);
  return { rung: inOrder(rung), owed, asked: inOrder(asked) };
}
