import { isId } from '@flotilla/core';
import { ProblemError } from '../problem.ts';
import type { Call } from './route.ts';

/**
 * The mission a path names.
 * @throws {ProblemError} `not_found` for what cannot be an id: no query is spent on it
 */
export function missionIdOf({ params }: Call): string {
  const id = params['missionId'];
  if (id === undefined || !isId('mission', id)) throw missionNotFound();
  return id;
}

/** The same words for an id that never was and for one of another account: nobody learns which ids exist. */
export function missionNotFound(): ProblemError {
  return new ProblemError('not_found', 'There is no mission with this id.');
}
