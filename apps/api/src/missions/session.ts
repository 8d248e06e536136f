import { isId } from '@flotilla/core';
import type { Database } from '@flotilla/db';
import { ProblemError } from '../problem.ts';

/** @throws {ProblemError} `unknown_session`, also for one of another account: nobody learns which ids exist */
export async function checkSession(
  db: { sessions: Pick<Database['sessions'], 'read'> },
  accountId: string,
  sessionId: string,
): Promise<void> {
  if (isId('session', sessionId) && (await db.sessions.read(accountId, sessionId))) return;
  throw new ProblemError('unknown_session', 'Create the session first: POST /v1/sessions.', {
    errors: [{ path: '/sessionId', message: 'is not a session of this account' }],
  });
}
