import { ProblemError } from '../problem.ts';

/** There is an unfinished mission with the dedupe key, and the client wants no answer for it. */
export function duplicateMission(missionId: string): ProblemError {
  return new ProblemError('duplicate_mission', `The mission ${missionId} has the same dedupe key and is unfinished.`, {
    errors: [{ path: '/dedupe/key', message: 'is that of an unfinished mission' }],
    members: { missionId },
  });
}
