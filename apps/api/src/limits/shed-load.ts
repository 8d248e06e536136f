import { ProblemError } from '../problem.ts';
import type { Load } from './overload.ts';

/** In seconds: as long as it takes to see that it is over. */
const RETRY_AFTER = '2';

const DETAILS = {
  event_loop: 'This process has more to do than it can; try again.',
  database_pool: 'Too many requests wait for the database; try again.',
} as const;

/**
 * Turns a request away while there is too much to do, before anything is spent on it: those under way are finished sooner.
 *
 * @throws {ProblemError} `overloaded`
 */
export function shedLoad({ overload }: Load): void {
  if (overload === null) return;
  throw new ProblemError('overloaded', DETAILS[overload], { headers: { 'Retry-After': RETRY_AFTER } });
}
