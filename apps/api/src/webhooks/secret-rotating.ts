import { ProblemError } from '../problem.ts';
import { toTime } from '../views/time.ts';

/** A third secret would cut short the time that the one before the last was given. */
export function secretRotating(previousExpiresAt: Date): ProblemError {
  const until = toTime(previousExpiresAt);
  const detail = `The secret before is valid until ${until}; with previousValidForSeconds 0 it ends at once.`;
  return new ProblemError('secret_rotating', detail, { members: { previousSecretExpiresAt: until } });
}
