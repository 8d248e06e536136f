import type { Database, SessionErasure } from '@flotilla/db';
import { z } from 'zod';
import { noQuery, readQuery } from '../http/input.ts';
import { ProblemError } from '../problem.ts';
import type { Route } from './route.ts';
import { sessionIdOf, sessionNotFound } from './session-id.ts';

/**
 * `DELETE /v1/sessions/:sessionId`: 204 once a session is gone with its plan, its memories, its missions, all of which have
 * ended, and those that they have started; what they have spent stays in the account's usage.
 */
export function eraseSessionRoute({ db }: { db: Pick<Database, 'sessions'> }): Route {
  return {
    method: 'DELETE',
    path: '/v1/sessions/:sessionId',
    scope: 'missions:write',
    summary: 'Erases a session, all of whose missions have ended, with these; what they have spent stays in the usage.',
    replies: { 204: z.null() },
    problems: ['mission_not_ended'],
    async handle(call) {
      readQuery(noQuery, call.query);
      const outcome = await db.sessions.erase(call.accountId, sessionIdOf(call));
      if (outcome.kind === 'not_found') throw sessionNotFound();
      if (outcome.kind === 'not_ended') throw notEnded(outcome);
      return { status: 204, body: null };
    },
  };
}

const WHO = {
  itself: 'A mission of the session is',
  descendant: 'A mission that one of the session’s has started is',
  parent: 'A mission that has started one of the session’s is',
} as const;

function notEnded({ who, status, hasBegun }: Extract<SessionErasure, { kind: 'not_ended' }>): ProblemError {
  const soFar = hasBegun ? 'some of what had ended is gone, and the session is not' : 'nothing was erased';
  return new ProblemError('mission_not_ended', `${WHO[who]} ${status}; ${soFar}.`, {
    members: { missionStatus: status },
  });
}
