import type { LoadWatch } from '@flotilla/platform';

/**
 * A request is a few statements, and each of them waits its turn: whoever comes now waits for longer than anybody wants
 * an answer for. By time, not by how many wait: behind a database that has become slow a hundred are too many. Two thirds of
 * what a statement may wait at most: what would come to its turn late is not turned away.
 */
const WAITS_FOR_MS = 2_000;

/** What this process has too much of for more requests. */
export type Load = Pick<LoadWatch<'database_pool'>, 'overload'>;

/** Whether statements wait too long for a connection. */
export function readPoolOverload(waitMs: number): 'database_pool' | null {
  return waitMs >= WAITS_FOR_MS ? 'database_pool' : null;
}
