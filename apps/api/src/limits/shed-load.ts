import type { RequestHandler } from 'express';
import { ProblemError } from '../problem.ts';
import type { LoadWatch } from './load-watch.ts';

/** In seconds: as long as it takes to see that it is over. */
const RETRY_AFTER = '2';

const DETAILS = {
  event_loop: 'This process has more to do than it can; try again.',
  database_pool: 'Too many requests wait for the database; try again.',
} as const;

/** Turns requests away while there is too much to do, before anything is spent on them: those under way are finished sooner. */
export function shedLoad(load: Pick<LoadWatch, 'overload'>): RequestHandler {
  return function loadShedding(_req, _res, next) {
    const { overload } = load;
    if (overload === null) {
      next();
      return;
    }
    throw new ProblemError('overloaded', DETAILS[overload], { headers: { 'Retry-After': RETRY_AFTER } });
  };
}
