import { isId } from '@flotilla/core';
import { ProblemError } from '../problem.ts';
import type { Call } from './route.ts';

/**
 * The session a path names.
 * @throws {ProblemError} `not_found` for what cannot be an id: no query is spent on it
 */
export function sessionIdOf({ params }: Pick<Call, 'params'>): string {
  const id = params['sessionId'];
  if (id === undefined || !isId('session', id)) throw sessionNotFound();
  return id;
}

export function sessionNotFound(): ProblemError {
  return new ProblemError('not_found', 'There is no session with this id.');
}
