import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@flotilla/platform';
import type { Queue } from '@flotilla/queue';

const TRY_AGAIN_AFTER_MS = 2_000;
/** Long enough for a server that is there; one that is not must not keep the API from accepting missions. */
const WAIT_UP_TO_MS = 3_000;

/**
 * Makes the queue's own tables where it needs any, again and again until that worked. Waited for only a little: an API
 * without a queue still accepts, and the sweep rings what it could not.
 */
export async function prepareQueue(
  queue: Pick<Queue, 'migrate'>,
  logger: Logger,
  stopping: AbortSignal,
): Promise<void> {
  async function prepare(): Promise<void> {
    while (!stopping.aborted) {
      try {
        await queue.migrate();
        return;
      } catch (error) {
        logger.warn('the queue could not be prepared; trying again', { error });
        await sleep(TRY_AGAIN_AFTER_MS, undefined, { ref: false });
      }
    }
  }
  await Promise.race([prepare(), sleep(WAIT_UP_TO_MS)]);
}
