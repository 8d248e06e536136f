import type { Database } from '@flotilla/db';
import type { SecretBox } from '@flotilla/platform';
import { noQuery, readOptionalInput, readQuery } from '../http/input.ts';
import { accountSecretView, toAccountSecretView } from '../views/account.ts';
import { rotationSchema } from '../webhooks/endpoint-input.ts';
import { createWebhookSecret } from '../webhooks/new-secret.ts';
import { secretRotating } from '../webhooks/secret-rotating.ts';
import { accountGone } from './account.ts';
import type { Route } from './route.ts';

type Deps = { db: Pick<Database, 'accounts'>; secrets: SecretBox };

/** `POST /v1/account/rotate-webhook-secret`: of what signs where no endpoint has a secret of its own. */
export function rotateAccountSecretRoute({ db, secrets }: Deps): Route {
  return {
    method: 'POST',
    path: '/v1/account/rotate-webhook-secret',
    scope: 'missions:write',
    summary:
      'Gives the account a new webhook secret, beside which the one before signs for a while. The answer holds it, and no other.',
    body: 'optional',
    input: rotationSchema,
    replies: { 200: accountSecretView },
    problems: ['secret_rotating'],
    keepsAnswer: 'sealed',
    async handle({ accountId, query, body }) {
      readQuery(noQuery, query);
      const { previousValidForSeconds } = readOptionalInput(rotationSchema, body);
      const secret = createWebhookSecret();
      const sealed = secrets.seal(secret);
      const outcome = await db.accounts.rotateSecret({ accountId, secret: sealed, previousValidForSeconds });
      switch (outcome.kind) {
        case 'rotated':
          return { status: 200, body: toAccountSecretView(secret, outcome.previousExpiresAt) };
        case 'rotating':
          throw secretRotating(outcome.expiresAt);
        case 'not_found':
          throw accountGone();
      }
    },
  };
}
