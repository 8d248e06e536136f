import type { ClaimedMission, Release } from '@flotilla/db';

/** How a mission is given back that another worker has to take: `message` says what this one lacks. It is no try of its. */
export function giveToOthers(
  { tries, failingForMs }: ClaimedMission,
  { message, afterMs }: { message: string; afterMs: number },
): Release {
  return { status: 'queued', code: 'no_worker', message, afterMs, tries, failingForMs };
}
