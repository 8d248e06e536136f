import type { Database } from '@flotilla/db';
import { noQuery, readQuery } from '../http/input.ts';
import { ProblemError } from '../problem.ts';
import { accountView, toAccountView } from '../views/account.ts';
import type { Route } from './route.ts';

/** `GET /v1/account`: what the key's account may have, and what it has now. */
export function accountRoute({ db }: { db: Pick<Database, 'accounts'> }): Route {
  return {
    method: 'GET',
    path: '/v1/account',
    scope: 'missions:read',
    summary: 'The account of the key: its tier, its limits, and what it has running, queued and waiting.',
    replies: { 200: accountView },
    async handle({ accountId, query }) {
      readQuery(noQuery, query);
      const account = await db.accounts.standing(accountId);
      if (!account) throw accountGone();
      return { status: 200, body: toAccountView(account) };
    },
  };
}

export function accountGone(): ProblemError {
  return new ProblemError('not_found', 'The account is gone.');
}
