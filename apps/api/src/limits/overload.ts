import type { LoadWatch } from '@flotilla/platform';

/**
 * Statements that wait, for each connection of the pool. At a few milliseconds each, whoever comes now waits for longer
 * than a request may take.
 */
const WAITING_PER_CONNECTION = 25;

/** What this process has too much of for more requests. */
export type Load = Pick<LoadWatch<'database_pool'>, 'overload'>;

/** Whether too many statements wait for a connection. */
export function readPoolOverload({ max, waiting }: { max: number; waiting: number }): 'database_pool' | null {
  return waiting >= max * WAITING_PER_CONNECTION ? 'database_pool' : null;
}
