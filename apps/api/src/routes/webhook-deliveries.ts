import { DELIVERY_STATUSES, isId } from '@flotilla/core';
import type { Database, DueDelivery, StoredAttempt, StoredDelivery } from '@flotilla/db';
import type { Queue } from '@flotilla/queue';
import { z } from 'zod';
import { numberPosition, readCursor, readIdCursor } from '../cursor.ts';
import { noQuery, pageQuery, readInput, readQuery } from '../http/input.ts';
import { ProblemError } from '../problem.ts';
import { pageOf, toPage } from '../views/page.ts';
import {
  deliveryAttemptView,
  recoveryView,
  toDeliveryAttemptView,
  toWebhookDeliveryView,
  webhookDeliveryView,
} from '../views/webhook-delivery.ts';
import { recoverySchema } from '../webhooks/endpoint-input.ts';
import type { Route } from './route.ts';
import {
  deliveryIdOf,
  deliveryNotFound,
  endpointDeleted,
  endpointDisabled,
  endpointIdOf,
  endpointNotFound,
} from './webhook-ids.ts';

const listQuery = pageQuery.extend({
  endpointId: z
    .string()
    .refine((id) => isId('endpoint', id), { error: 'must be the id of a webhook endpoint' })
    .optional(),
  missionId: z
    .string()
    .refine((id) => isId('mission', id), { error: 'must be the id of a mission' })
    .optional(),
  status: z.enum(DELIVERY_STATUSES).optional(),
});

const LIST = '/v1/webhook-deliveries';
const ONE = `${LIST}/:deliveryId`;
const ENDPOINT = '/v1/webhook-endpoints/:endpointId';
const ACCEPTED = 202;

type Deps = { db: Pick<Database, 'deliveries' | 'endpoints'>; queue: Pick<Queue, 'ring' | 'ringAll'> };

/** What was sent, is being sent, and is to be sent again: `/v1/webhook-deliveries`, and an endpoint's `/test` and `/recover`. */
export function webhookDeliveryRoutes(deps: Deps): Route[] {
  return [
    listRoute(deps),
    readRoute(deps),
    attemptsRoute(deps),
    redeliverRoute(deps),
    testRoute(deps),
    recoverRoute(deps),
  ];
}

function listRoute({ db }: Deps): Route {
  return {
    method: 'GET',
    path: LIST,
    scope: 'missions:read',
    summary: 'The webhook deliveries of the account, the newest first.',
    query: listQuery,
    replies: { 200: pageOf(webhookDeliveryView) },
    async handle({ accountId, query }) {
      const { limit, cursor, ...filter } = readQuery(listQuery, query);
      const kind = 'webhook_deliveries';
      const before = readIdCursor({ list: kind, of: 'delivery', cursor });
      const rows = await db.deliveries.list({ accountId, ...filter, before, limit: limit + 1 });
      const positionOf = ({ id }: StoredDelivery) => id;
      return { status: 200, body: toPage({ kind, rows, limit, view: toWebhookDeliveryView, positionOf }) };
    },
  };
}

function readRoute({ db }: Deps): Route {
  return {
    method: 'GET',
    path: ONE,
    scope: 'missions:read',
    summary: 'A webhook delivery.',
    replies: { 200: webhookDeliveryView },
    async handle(call) {
      readQuery(noQuery, call.query);
      return { status: 200, body: toWebhookDeliveryView(await read(db, call.accountId, deliveryIdOf(call))) };
    },
  };
}

function attemptsRoute({ db }: Deps): Route {
  return {
    method: 'GET',
    path: `${ONE}/attempts`,
    scope: 'missions:read',
    summary: 'The attempts of a webhook delivery, in order.',
    query: pageQuery,
    replies: { 200: pageOf(deliveryAttemptView) },
    async handle(call) {
      const { limit, cursor } = readQuery(pageQuery, call.query);
      const kind = 'webhook_attempts';
      const after = cursor === undefined ? 0 : readCursor(kind, cursor, numberPosition);
      const { id: deliveryId } = await read(db, call.accountId, deliveryIdOf(call));
      const rows = await db.deliveries.attempts({ deliveryId, after, limit: limit + 1 });
      const positionOf = ({ number }: StoredAttempt) => number;
      return { status: 200, body: toPage({ kind, rows, limit, view: toDeliveryAttemptView, positionOf }) };
    },
  };
}

function redeliverRoute({ db, queue }: Deps): Route {
  return {
    method: 'POST',
    path: `${ONE}/redeliver`,
    scope: 'missions:write',
    summary: 'Sends a webhook delivery again now, under the same id, whatever became of it.',
    replies: { 202: webhookDeliveryView },
    problems: ['endpoint_disabled', 'endpoint_deleted', 'test_pending'],
    keepsAnswer: 'plain',
    async handle(call) {
      readQuery(noQuery, call.query);
      const { accountId } = call;
      const deliveryId = deliveryIdOf(call);
      const outcome = await db.deliveries.redeliver(accountId, deliveryId);
      switch (outcome.kind) {
        case 'sent':
          void queue.ring({ job: 'delivery', deliveryId, ring: outcome.rings });
          break;
        case 'in_hand':
          break;
        case 'endpoint_disabled':
          throw (await isEndpointThere(db, { accountId, deliveryId })) ? endpointDisabled() : endpointDeleted();
        case 'test_pending':
          throw new ProblemError('test_pending', 'Another test of the webhook endpoint is still on its way.');
        case 'not_found':
          throw deliveryNotFound();
      }
      return { status: ACCEPTED, body: toWebhookDeliveryView(await read(db, accountId, deliveryId)) };
    },
  };
}

function testRoute({ db, queue }: Deps): Route {
  return {
    method: 'POST',
    path: `${ENDPOINT}/test`,
    scope: 'missions:write',
    summary:
      'Sends a signed test event to a webhook endpoint, once. What came of it is in the delivery that is answered: one that was asked for before, while that is on its way.',
    replies: { 202: webhookDeliveryView },
    hasLocation: true,
    keepsAnswer: 'plain',
    async handle(call) {
      readQuery(noQuery, call.query);
      const { accountId } = call;
      const endpointId = endpointIdOf(call);
      const owed = await db.deliveries.oweTest({ accountId, endpointId, data: { endpointId } });
      if (owed === null) throw endpointNotFound();
      const { deliveryId, isNew } = owed;
      if (isNew) void queue.ring({ job: 'delivery', deliveryId, ring: 1 });
      const body = toWebhookDeliveryView(await read(db, accountId, deliveryId));
      return { status: ACCEPTED, headers: { Location: `${LIST}/${deliveryId}` }, body };
    },
  };
}

function recoverRoute({ db, queue }: Deps): Route {
  return {
    method: 'POST',
    path: `${ENDPOINT}/recover`,
    scope: 'missions:write',
    summary: 'Sends again what has failed of the events since a moment, the oldest first, and says how many that are.',
    body: 'required',
    input: recoverySchema,
    replies: { 202: recoveryView },
    problems: ['endpoint_disabled'],
    keepsAnswer: 'plain',
    async handle(call) {
      readQuery(noQuery, call.query);
      const { since } = readInput(recoverySchema, call.body);
      const endpointId = endpointIdOf(call);
      const outcome = await db.deliveries.recover({ accountId: call.accountId, endpointId, since });
      switch (outcome.kind) {
        case 'recovered': {
          void queue.ringAll((await db.deliveries.wake(endpointId)).map(bellOf));
          return { status: ACCEPTED, body: { recovered: outcome.count, hasMore: outcome.hasMore } };
        }
        case 'endpoint_disabled':
          throw endpointDisabled();
        case 'not_found':
          throw endpointNotFound();
      }
    },
  };
}

function bellOf({ deliveryId, rings }: DueDelivery) {
  return { job: 'delivery' as const, deliveryId, ring: rings };
}

/** Whether somebody could enable it. */
async function isEndpointThere(db: Deps['db'], of: { accountId: string; deliveryId: string }): Promise<boolean> {
  const { endpointId } = await read(db, of.accountId, of.deliveryId);
  return (await db.endpoints.read({ accountId: of.accountId, endpointId })) !== null;
}

/** @throws {ProblemError} `not_found` */
async function read(db: Deps['db'], accountId: string, deliveryId: string): Promise<StoredDelivery> {
  const delivery = await db.deliveries.read(accountId, deliveryId);
  if (!delivery) throw deliveryNotFound();
  return delivery;
}
