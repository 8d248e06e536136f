import type { Database, EraseOutcome } from '@flotilla/db';
import { z } from 'zod';
import { noQuery, readQuery } from '../http/input.ts';
import { ProblemError } from '../problem.ts';
import { missionIdOf, missionNotFound } from './mission-id.ts';
import type { Route } from './route.ts';

/**
 * `DELETE /v1/missions/:missionId`: 204 once an ended mission, and those it has started, are gone with all that was ever
 * said in them; what they have spent stays in the account's usage.
 */
export function eraseMissionRoute({ db }: { db: Pick<Database, 'missions'> }): Route {
  return {
    method: 'DELETE',
    path: '/v1/missions/:missionId',
    scope: 'missions:write',
    summary: 'Erases an ended mission, and those it has started; what they have spent stays in the usage.',
    replies: { 204: z.null() },
    problems: ['mission_not_ended'],
    async handle(call) {
      readQuery(noQuery, call.query);
      const outcome = await db.missions.erase(call.accountId, missionIdOf(call));
      if (outcome.kind === 'not_found') throw missionNotFound();
      if (outcome.kind === 'not_ended') throw notEnded(outcome);
      return { status: 204, body: null };
    },
  };
}

const WHO = {
  itself: 'The mission is',
  descendant: 'A mission that it has started is',
  parent: 'The mission that has started it, and is still to be told what came of it, is',
} as const;

function notEnded({ who, status }: Extract<EraseOutcome, { kind: 'not_ended' }>): ProblemError {
  return new ProblemError('mission_not_ended', `${WHO[who]} ${status}; only what has ended is erased.`, {
    members: { missionStatus: status },
  });
}
