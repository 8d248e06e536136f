import { setTimeout as sleep } from 'node:timers/promises';
import { FencedError, type Ownership } from '@flotilla/core';
import { DatabaseUnavailableError } from '@flotilla/db';

const AGAIN_AFTER_MS = 250;

export type WhileLive = {
  owner: Ownership;
  isLive: () => boolean;
  /** Told of every repeat. */
  onAgain: (error: DatabaseUnavailableError) => void;
};

/**
 * Repeats a write, or a read, while the database is away and the lease still holds: what was computed (and paid for) is not thrown
 * away because a connection broke. The writes answer a repeat of their own as done, so a lost reply does no harm.
 * @throws {FencedError} once the lease has run out
 */
export async function whileLive<T>({ owner, isLive, onAgain }: WhileLive, work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof DatabaseUnavailableError)) throw error;
      if (!isLive()) throw new FencedError(owner.missionId, owner.attempt);
      onAgain(error);
      await sleep(AGAIN_AFTER_MS);
    }
  }
}
