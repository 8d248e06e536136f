import type { Bell } from '@flotilla/core';
import { atMoment } from './at-moment.ts';
import type { Queue } from './queue.ts';

/** A mission whose moment is so many milliseconds away, by the database's clock. */
export type Coming = { missionId: string; afterMs: number };

/** Rings missions that are not due yet at their moment. */
export type RingLater = (missions: readonly Coming[]) => void;

/**
 * Waits for the moments of missions that are due before a sweep would surely have seen them coming, or that it has seen.
 * Only then are they taken and rung, all of one moment in one statement: until then the database knows of no bell, so that
 * whoever sweeps after this process has died finds them due. A mission that is told of twice is waited for once.
 *
 * @param options `take` counts the ring of those that are due and have no bell, in whichever process they were waited for
 */
export function createRingLater(options: {
  take(missionIds: readonly string[]): Promise<Bell[]>;
  queue: Pick<Queue, 'ringAll'>;
  /** They could not be taken: the sweep rings them, a little later. */
  onError(error: unknown, missionIds: readonly string[]): void;
}): RingLater {
  const awaited = new Set<string>();
  let come: string[] = [];

  async function ringThoseThatHaveCome(): Promise<void> {
    const missionIds = come;
    come = [];
    for (const missionId of missionIds) awaited.delete(missionId);
    try {
      await options.queue.ringAll(await options.take(missionIds));
    } catch (error) {
      options.onError(error, missionIds);
    }
  }

  function hasCome(missionId: string): void {
    come.push(missionId);
    if (come.length === 1) setImmediate(() => void ringThoseThatHaveCome());
  }

  return function ringLater(missions) {
    for (const { missionId, afterMs } of missions) {
      if (awaited.has(missionId)) continue;
      awaited.add(missionId);
      atMoment(afterMs, () => hasCome(missionId));
    }
  };
}
