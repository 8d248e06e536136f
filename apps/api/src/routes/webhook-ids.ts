import { isId } from '@flotilla/core';
import { ProblemError } from '../problem.ts';
import type { Call } from './route.ts';

/**
 * The endpoint a path names.
 * @throws {ProblemError} `not_found` for what cannot be an id: no query is spent on it
 */
export function endpointIdOf({ params }: Call): string {
  const id = params['endpointId'] ?? '';
  if (!isId('endpoint', id)) throw endpointNotFound();
  return id;
}

/** The same words for an id that never was and for one of another account. */
export function endpointNotFound(): ProblemError {
  return new ProblemError('not_found', 'There is no webhook endpoint with this id.');
}

/**
 * The delivery a path names.
 * @throws {ProblemError} `not_found`
 */
export function deliveryIdOf({ params }: Call): string {
  const id = params['deliveryId'] ?? '';
  if (!isId('delivery', id)) throw deliveryNotFound();
  return id;
}

export function deliveryNotFound(): ProblemError {
  return new ProblemError('not_found', 'There is no webhook delivery with this id.');
}

/** It is sent nothing, and so nothing again. */
export function endpointDisabled(): ProblemError {
  return new ProblemError('endpoint_disabled', 'The webhook endpoint is disabled; enable it first.');
}

/** It is sent nothing either, and nobody can change that. */
export function endpointDeleted(): ProblemError {
  return new ProblemError('endpoint_deleted', 'The webhook endpoint was deleted; what was for it stays on record.');
}
