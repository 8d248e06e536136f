import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '@flotilla/db';
import type { Logger } from '@flotilla/platform';

const LOOKS_EVERY_MS = 2_000;
const TELLS_EVERY_MS = 60_000;

/**
 * Waits for the schema that this code was written for. On an older one a worker would claim missions, fail to write what
 * came of them, and cost each a try.
 * @throws when `signal` aborts
 */
export async function awaitSchema({
  db,
  logger,
  signal,
}: {
  db: Pick<Database, 'checkSchema'>;
  logger: Pick<Logger, 'warn'>;
  signal: AbortSignal;
}): Promise<void> {
  let toldAt = -TELLS_EVERY_MS;
  for (;;) {
    try {
      return await db.checkSchema();
    } catch (error) {
      if (performance.now() - toldAt >= TELLS_EVERY_MS) {
        toldAt = performance.now();
        logger.warn('takes no missions before the database is migrated', { error });
      }
    }
    await sleep(LOOKS_EVERY_MS, undefined, { signal });
  }
}
