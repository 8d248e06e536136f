import { WEBHOOK_ENDPOINTS_MAX } from '@flotilla/core';
import type { Database, StoredEndpoint } from '@flotilla/db';
import type { Outbound, SecretBox } from '@flotilla/platform';
import { z } from 'zod';
import { readIdCursor } from '../cursor.ts';
import { invalidRequest, noQuery, pageQuery, readInput, readOptionalInput, readQuery } from '../http/input.ts';
import { ProblemError } from '../problem.ts';
import { pageOf, toPage } from '../views/page.ts';
import {
  toWebhookEndpointView,
  webhookEndpointView,
  webhookEndpointWithSecretView,
} from '../views/webhook-endpoint.ts';
import { checkWebhookUrl } from '../webhooks/check-url.ts';
import { endpointChangeSchema, newEndpointSchema, rotationSchema } from '../webhooks/endpoint-input.ts';
import { createWebhookSecret } from '../webhooks/new-secret.ts';
import { secretRotating } from '../webhooks/secret-rotating.ts';
import type { Route } from './route.ts';
import { endpointIdOf, endpointNotFound } from './webhook-ids.ts';

const LIST = '/v1/webhook-endpoints';
const ONE = `${LIST}/:endpointId`;

const listQuery = pageQuery.extend({
  forMissions: z
    .enum(['true', 'false'])
    .default('false')
    .describe('true: those that missions name themselves, instead of the account’s own.'),
});

type Deps = { db: Pick<Database, 'endpoints'>; outbound: Pick<Outbound, 'checkUrl'>; secrets: SecretBox };

/** `POST` and `GET /v1/webhook-endpoints`, `GET`, `PATCH` and `DELETE` of one, and its `/rotate-secret`. */
export function webhookEndpointRoutes(deps: Deps): Route[] {
  return [createRoute(deps), listRoute(deps), readRoute(deps), changeRoute(deps), deleteRoute(deps), rotateRoute(deps)];
}

function createRoute({ db, outbound, secrets }: Deps): Route {
  return {
    method: 'POST',
    path: LIST,
    scope: 'missions:write',
    summary: 'Makes a webhook endpoint. The answer holds its secret, which is never shown again.',
    body: 'required',
    input: newEndpointSchema,
    replies: { 201: webhookEndpointWithSecretView },
    hasLocation: true,
    problems: ['url_not_allowed', 'too_many_endpoints'],
    keepsAnswer: 'sealed',
    async handle({ accountId, query, body }) {
      readQuery(noQuery, query);
      const { url, eventTypes, description, enabled } = readInput(newEndpointSchema, body);
      await checkWebhookUrl(outbound, { url, path: '/url' });
      const secret = createWebhookSecret();
      const endpoint = await db.endpoints.create({
        accountId,
        url,
        description,
        eventTypes,
        isEnabled: enabled,
        secret: secrets.seal(secret),
      });
      if (!endpoint) {
        const detail = `An account may have ${WEBHOOK_ENDPOINTS_MAX} webhook endpoints; delete one first.`;
        throw new ProblemError('too_many_endpoints', detail);
      }
      return { status: 201, headers: { Location: `${LIST}/${endpoint.id}` }, body: withSecret(endpoint, secret) };
    },
  };
}

function listRoute({ db }: Deps): Route {
  return {
    method: 'GET',
    path: LIST,
    scope: 'missions:read',
    summary: 'The webhook endpoints of the account, the newest first.',
    query: listQuery,
    replies: { 200: pageOf(webhookEndpointView) },
    async handle({ accountId, query }) {
      const { limit, cursor, forMissions } = readQuery(listQuery, query);
      const kind = 'webhook_endpoints';
      const before = readIdCursor({ list: kind, of: 'endpoint', cursor });
      const areForMissions = forMissions === 'true';
      const rows = await db.endpoints.list({ accountId, areForMissions, before, limit: limit + 1 });
      const positionOf = ({ id }: StoredEndpoint) => id;
      return { status: 200, body: toPage({ kind, rows, limit, view: toWebhookEndpointView, positionOf }) };
    },
  };
}

function readRoute({ db }: Deps): Route {
  return {
    method: 'GET',
    path: ONE,
    scope: 'missions:read',
    summary: 'A webhook endpoint, the account’s own or one that its missions name.',
    replies: { 200: webhookEndpointView },
    async handle(call) {
      readQuery(noQuery, call.query);
      const endpoint = await db.endpoints.read({ accountId: call.accountId, endpointId: endpointIdOf(call) });
      if (!endpoint) throw endpointNotFound();
      return { status: 200, body: toWebhookEndpointView(endpoint) };
    },
  };
}

function changeRoute({ db, outbound }: Deps): Route {
  return {
    method: 'PATCH',
    path: ONE,
    scope: 'missions:write',
    summary: 'Changes a webhook endpoint. What is left out stays; enabling one forgets its failures.',
    body: 'required',
    input: endpointChangeSchema,
    replies: { 200: webhookEndpointView },
    problems: ['url_not_allowed'],
    keepsAnswer: 'plain',
    async handle(call) {
      readQuery(noQuery, call.query);
      const { enabled: isEnabled, ...change } = readInput(endpointChangeSchema, call.body);
      const key = { accountId: call.accountId, endpointId: endpointIdOf(call) };
      const { url, eventTypes } = change;
      if (url !== undefined) await checkWebhookUrl(outbound, { url, path: '/url' });
      const before = await db.endpoints.read(key);
      if (!before) throw endpointNotFound();
      if (before.isForMissions && (url !== undefined || eventTypes !== undefined)) {
        throw invalidRequest([
          { path: url === undefined ? '/eventTypes' : '/url', message: 'is what the missions say that name it' },
        ]);
      }
      const endpoint = await db.endpoints.change({ ...key, ...change, isEnabled });
      if (!endpoint) throw endpointNotFound();
      return { status: 200, body: toWebhookEndpointView(endpoint) };
    },
  };
}

function deleteRoute({ db }: Deps): Route {
  return {
    method: 'DELETE',
    path: ONE,
    scope: 'missions:write',
    summary: 'Deletes one of the account’s own webhook endpoints. What was sent to it stays on record.',
    replies: { 204: z.null() },
    async handle(call) {
      readQuery(noQuery, call.query);
      const key = { accountId: call.accountId, endpointId: endpointIdOf(call) };
      if (!(await db.endpoints.delete(key))) throw await whyRefused(db, key);
      return { status: 204, body: null };
    },
  };
}

function rotateRoute({ db, secrets }: Deps): Route {
  return {
    method: 'POST',
    path: `${ONE}/rotate-secret`,
    scope: 'missions:write',
    summary: 'Gives a webhook endpoint a new secret, beside which the one before signs for a while.',
    body: 'optional',
    input: rotationSchema,
    replies: { 200: webhookEndpointWithSecretView },
    problems: ['secret_rotating'],
    keepsAnswer: 'sealed',
    async handle(call) {
      readQuery(noQuery, call.query);
      const { previousValidForSeconds } = readOptionalInput(rotationSchema, call.body);
      const secret = createWebhookSecret();
      const key = { accountId: call.accountId, endpointId: endpointIdOf(call) };
      const outcome = await db.endpoints.rotateSecret({
        ...key,
        secret: secrets.seal(secret),
        previousValidForSeconds,
      });
      switch (outcome.kind) {
        case 'rotated':
          return { status: 200, body: withSecret(outcome.endpoint, secret) };
        case 'rotating':
          throw secretRotating(outcome.expiresAt);
        case 'not_found':
          throw await whyRefused(db, key);
      }
    },
  };
}

/** What became of a request for an endpoint of the account's own, where there is none of the id. */
async function whyRefused(db: Deps['db'], key: { accountId: string; endpointId: string }): Promise<ProblemError> {
  const endpoint = await db.endpoints.read(key);
  if (!endpoint?.isForMissions) return endpointNotFound();
  const message = 'is of an endpoint that missions name: its secret is what they say, and it goes when they have gone';
  return invalidRequest([{ path: '/endpointId', message }]);
}

function withSecret(endpoint: StoredEndpoint, secret: string): z.infer<typeof webhookEndpointWithSecretView> {
  return { ...toWebhookEndpointView(endpoint), secret };
}
