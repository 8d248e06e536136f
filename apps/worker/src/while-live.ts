import { setTimeout as sleep } from 'node:timers/promises';
import { FencedError, type Ownership } from '@flotilla/core';
import { DatabaseUnavailableError } from '@flotilla/db';

const AGAIN_AFTER_MS = 250;

/**
 * Repeats a write while the database is away and the lease still holds: what was computed (and paid for) is not thrown
 * away because a connection broke. The writes answer a repeat of their own as done, so a lost reply does no harm.
 * @throws {FencedError} once the lease has run out
 */
export async function writeWhileLive<T>(owner: Ownership, isLive: () => boolean, write: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await write();
    } catch (error) {
      if (!(error instanceof DatabaseUnavailableError)) throw error;
      if (!isLive()) throw new FencedError(owner.missionId, owner.attempt);
      await sleep(AGAIN_AFTER_MS);
    }
  }
}
