import { missionBell } from '@flotilla/core';
import type { Database } from '@flotilla/db';
import type { Logger } from '@flotilla/platform';
import type { Queue } from '@flotilla/queue';

/**
 * Wakes the next missions of accounts whose slots came free. However many missions leave at once, one question is in
 * flight and one waits: a question that starts after a slot was freed answers for that slot too.
 */
export function createWakeNext({ db, queue, logger }: { db: Database; queue: Queue; logger: Logger }) {
  const waiting = new Set<string>();
  let running = false;

  async function run(): Promise<void> {
    while (waiting.size > 0) {
      const accountIds = [...waiting];
      waiting.clear();
      try {
        await queue.ringAll((await db.lease.wake(accountIds)).map(missionBell));
      } catch (error) {
        // The sweep rings them, a little later.
        logger.warn('could not wake the next missions', { accountIds, error });
      }
    }
    running = false;
  }

  return function wakeNext(accountId: string): void {
    waiting.add(accountId);
    if (running) return;
    running = true;
    void run();
  };
}
