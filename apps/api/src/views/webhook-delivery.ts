import { DELIVERY_FAILURES, DELIVERY_STATUSES } from '@flotilla/core';
import type { StoredAttempt, StoredDelivery } from '@flotilla/db';
import { z } from 'zod';
import { timeView, toTime, toTimeOrNull } from './time.ts';

/** One event owed to one endpoint. Its id is the `webhook-id` of every attempt. */
export const webhookDeliveryView = z
  .object({
    id: z.string(),
    endpointId: z.string(),
    missionId: z.string().nullable(),
    eventType: z.string(),
    eventSequence: z.int().nullable(),
    status: z.enum(DELIVERY_STATUSES),
    failureReason: z.enum(DELIVERY_FAILURES).nullable(),
    attempts: z.int(),
    nextAttemptAt: timeView.nullable(),
    createdAt: timeView,
    finishedAt: timeView.nullable(),
  })
  .meta({ id: 'WebhookDelivery' });

export function toWebhookDeliveryView(delivery: StoredDelivery): z.infer<typeof webhookDeliveryView> {
  const { id, endpointId, missionId, eventType, eventSequence, status } = delivery;
  return {
    id,
    endpointId,
    missionId,
    eventType,
    eventSequence,
    status,
    failureReason: delivery.failedBecause,
    attempts: delivery.attempt,
    nextAttemptAt: toTimeOrNull(delivery.nextAttemptAt),
    createdAt: toTime(delivery.createdAt),
    finishedAt: toTimeOrNull(delivery.finishedAt),
  };
}

/** One POST. `responseStatus` null: no answer came, and `error` says why. */
export const deliveryAttemptView = z
  .object({
    number: z.int(),
    startedAt: timeView,
    durationMs: z.int(),
    responseStatus: z.int().nullable(),
    responseExcerpt: z
      .string()
      .nullable()
      .describe('The first kilobyte of the answer, unless it came encoded, without what looks like a secret.'),
    error: z.string().nullable(),
  })
  .meta({ id: 'WebhookDeliveryAttempt' });

export function toDeliveryAttemptView(attempt: StoredAttempt): z.infer<typeof deliveryAttemptView> {
  const { number, startedAt, durationMs, responseStatus, responseBody, error } = attempt;
  return { number, startedAt: toTime(startedAt), durationMs, responseStatus, responseExcerpt: responseBody, error };
}

/** What a recovery has sent off anew. `hasMore`: ask again, there is more. */
export const recoveryView = z.object({ recovered: z.int(), hasMore: z.boolean() }).meta({ id: 'WebhookRecovery' });
