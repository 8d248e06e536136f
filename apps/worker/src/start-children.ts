import type { Ownership } from '@flotilla/core';
import { BacklogFullError, type Database, type Left, type Park, type Release } from '@flotilla/db';

/** By the time it comes back some of the backlog has run, and not all that waited for that come at once. */
const AGAIN_AFTER_MS = 5_000;

/**
 * Parks a mission, and starts its children where its account's backlog has room for all of them. Where it has none, the
 * mission gives its slot up and asks again later: a client would be refused, and a mission can wait. More children than
 * the cap itself are started once nothing else lies queued. What has run before does not count as queued here.
 */
export async function parkWithinBacklog(
  db: Pick<Database, 'childBacklog'> & { lease: Pick<Database['lease'], 'leave'> },
  accountId: string,
  park: Ownership & Park,
): Promise<Left | 'fenced'> {
  const leave = () => db.lease.leave(park);
  const { missionId, attempt, children, tries } = park;
  if (children.length === 0) return leave();

  /** `null`: there is no room for so many. */
  async function admit(missions: number): Promise<Left | 'fenced' | null> {
    try {
      return await db.childBacklog.admit(accountId, missions, leave);
    } catch (error) {
      if (!(error instanceof BacklogFullError)) throw error;
      const { maxQueued } = error;
      return maxQueued > 0 && maxQueued < missions ? admit(maxQueued) : null;
    }
  }

  const parked = await admit(children.length);
  if (parked !== null) return parked;
  const message = 'its account has as many missions queued as it may: its children start when some of them have run';
  const afterMs = Math.ceil(AGAIN_AFTER_MS * (1 + Math.random()));
  const release: Release = { status: 'queued', code: 'retry_backoff', message, afterMs, tries };
  return db.lease.leave({ missionId, attempt, ...release });
}
