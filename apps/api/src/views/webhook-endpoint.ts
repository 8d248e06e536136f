import { ENDPOINT_DISABLED_REASONS } from '@flotilla/core';
import type { StoredEndpoint } from '@flotilla/db';
import { z } from 'zod';
import { timeView, toTime, toTimeOrNull } from './time.ts';

/** A receiver of the account's webhooks. Its secret is shown when it is made, and never again. */
export const webhookEndpointView = z
  .object({
    id: z.string(),
    url: z.string(),
    description: z.string().nullable(),
    eventTypes: z.array(z.string()),
    forMissions: z.boolean().describe('Named by missions themselves, and subscribed to nothing.'),
    enabled: z.boolean(),
    disabledReason: z.enum(ENDPOINT_DISABLED_REASONS).nullable(),
    disabledAt: timeView.nullable(),
    failingSince: timeView.nullable(),
    lastDeliveredAt: timeView.nullable(),
    quietUntil: timeView.nullable().describe('It has asked for nothing before this moment.'),
    previousSecretExpiresAt: timeView.nullable().describe('Until then the secret before the last rotation signs too.'),
    createdAt: timeView,
    updatedAt: timeView,
  })
  .meta({ id: 'WebhookEndpoint' });

export function toWebhookEndpointView(endpoint: StoredEndpoint): z.infer<typeof webhookEndpointView> {
  const { id, url, description, eventTypes, isForMissions, disabledAt, disabledReason } = endpoint;
  return {
    id,
    url,
    description,
    eventTypes,
    forMissions: isForMissions,
    enabled: disabledAt === null,
    disabledReason,
    disabledAt: toTimeOrNull(disabledAt),
    failingSince: toTimeOrNull(endpoint.failingSince),
    lastDeliveredAt: toTimeOrNull(endpoint.lastDeliveredAt),
    quietUntil: toTimeOrNull(endpoint.quietUntil),
    previousSecretExpiresAt: toTimeOrNull(endpoint.previousSecretExpiresAt),
    createdAt: toTime(endpoint.createdAt),
    updatedAt: toTime(endpoint.updatedAt),
  };
}

/** The one answer that holds the secret. */
export const webhookEndpointWithSecretView = webhookEndpointView
  .extend({ secret: z.string() })
  .meta({ id: 'WebhookEndpointWithSecret' });
