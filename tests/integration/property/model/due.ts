import type { Move } from './move.ts';
import { isTaken, type Slack } from './slack.ts';
import { isDue, isItsTurn } from './turn.ts';
import { at, type MissionState, missionsOf, type World } from './world.ts';

export type Entry = [number: number, mission: MissionState];

const byOrder = ([, one]: Entry, [, other]: Entry): number =>
  one.priority - other.priority || one.runAfter - one.clock - (other.runAfter - other.clock);

/** What an account's limit has turned away and would not turn away for another reason now, in order. */
export function heldBack(world: World, account: number): Entry[] {
  return missionsOf(world)
    .filter(
      ([number, mission]) =>
        mission.account === account && mission.code === 'account_limit' && isDue(mission) && isItsTurn(world, number),
    )
    .toSorted(byOrder);
}

export const roomOf = (world: World, account: number): number => {
  const { maxRunning, running } = at(world.accounts, account);
  return Math.max(0, maxRunning - running);
};

/** The first so many: those that are surely of them, and those that stand in one place with the last of them. */
function firstOf(entries: Entry[], room: number): { sure: Entry[]; even: Entry[]; places: number } {
  const last = entries[room - 1];
  if (room >= entries.length || !last) return { sure: entries.slice(0, room), even: [], places: 0 };
  const sure = entries.filter((entry) => byOrder(entry, last) < 0);
  return { sure, even: entries.filter((entry) => byOrder(entry, last) === 0), places: room - sure.length };
}

const has = (entries: readonly Entry[], [wanted]: Entry): boolean => entries.some(([number]) => number === wanted);

/** Whether what was taken, alone, may be the first of these, as many as there is room for. */
export function areTheFirst(taken: Entry[], entries: Entry[], room: number): boolean {
  const { sure, even, places } = firstOf(entries, room);
  return (
    sure.every((entry) => has(taken, entry)) &&
    taken.every((entry) => has(sure, entry) || has(even, entry)) &&
    taken.length === sure.length + places
  );
}

type TakeDue = Extract<Move, { kind: 'take_due' }>;

/** What is due and not rung, and was turned away by no limit. */
const freelyDue = (world: World): Entry[] =>
  missionsOf(world).filter(
    ([number, mission]) =>
      isDue(mission) && !mission.isRung && mission.code !== 'account_limit' && isItsTurn(world, number),
  );

export function mayBeTaken(world: World): Entry[] {
  const ofAccounts = world.accounts.flatMap((_, account) => {
    const { sure, even } = firstOf(heldBack(world, account), roomOf(world, account));
    return [...sure, ...even].filter(([, mission]) => !mission.isRung);
  });
  return [...freelyDue(world), ...ofAccounts];
}

/** Whether an account has more to run than it has room for, some of which nobody has turned away yet. */
function isCrowded(world: World, account: number): boolean {
  const room = roomOf(world, account);
  const free = freelyDue(world).filter(([, mission]) => mission.account === account).length;
  return free > 0 && free + Math.min(room, heldBack(world, account).length) > room;
}

/** Whether the sweep, alone, may have turned these away: all of an account that has no room for all of them. */
export function isRightlyTurnedAway(world: World, turnedAway: readonly Entry[]): boolean {
  return freelyDue(world).every((entry) => has(turnedAway, entry) === isCrowded(world, entry[1].account));
}

/**
 * Whether the sweep, alone, may have taken these: all that is due, but of each account no more than it has room for; and
 * of those whose bell was handed out before, only the first of all, as many as `limit` has room for.
 */
export function isRightlyTaken(
  world: World,
  { limit }: TakeDue,
  { taken, slack }: { taken: readonly Entry[]; slack: Slack },
): boolean {
  const may = mayBeTaken(world);
  const again = taken.filter(([, { wasRung }]) => wasRung);
  if (again.length > limit || taken.some((entry) => !has(may, entry))) return false;
  const before = ([, mission]: Entry) => taken.filter(([, { priority }]) => priority <= mission.priority);
  const isCut = (entry: Entry) => entry[1].wasRung && before(entry).length >= limit;
  return world.accounts.every((_, account) => {
    const free = freelyDue(world).filter(([, mission]) => mission.account === account);
    if (isCrowded(world, account)) return isCrowdRightlyTaken(world, account, { free, taken, isCut });
    const must = [...free, ...mustBeTaken(world, account, { slack, isCut })];
    return must.every((entry) => has(taken, entry) || isCut(entry));
  });
}

/** Of a crowd the first, as many as its account has room for beside those of its line that were rung just now. */
function isCrowdRightlyTaken(
  world: World,
  account: number,
  { free, taken, isCut }: { free: Entry[]; taken: readonly Entry[]; isCut: (entry: Entry) => boolean },
): boolean {
  const room = roomOf(world, account);
  const { sure, even, places } = firstOf(heldBack(world, account), room);
  const isRung = ([, mission]: Entry) => mission.isRung;
  const left = room - sure.filter(isRung).length;
  const ofIt = taken.filter(([, mission]) => mission.account === account);
  if (ofIt.length > left) return false;
  // Which of those in one place stand in the line's first places is not for the model to say.
  if (places > 0 && even.some(isRung)) return true;
  const asking = [...free, ...[...sure, ...even].filter((entry) => !isRung(entry))].toSorted(byOrder);
  return firstOf(asking, left).sure.every((entry) => has(taken, entry) || has(even, entry) || isCut(entry));
}

/** Of those in one place it is not for the model to say which; but so many of them as there are places left. */
function mustBeTaken(
  world: World,
  account: number,
  { slack, isCut }: { slack: Slack; isCut: (entry: Entry) => boolean },
): Entry[] {
  const { sure, even, places } = firstOf(heldBack(world, account), roomOf(world, account));
  const unrung = even.filter(([, mission]) => !mission.isRung);
  const taken = unrung.filter(([number]) => isTaken(slack, number));
  const rung = even.length - unrung.length;
  const isCutShort = taken.length < Math.min(places - rung, unrung.length) && !unrung.some(isCut);
  const isEnough = !isCutShort && taken.length <= places;
  return [...sure.filter(([, mission]) => !mission.isRung), ...(isEnough ? [] : unrung)];
}
