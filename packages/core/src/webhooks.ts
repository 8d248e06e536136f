import { EVENT_TYPES } from './events.ts';

/** What an account is told of itself, beside what its missions do. */
export const ACCOUNT_EVENT_TYPES = ['webhook_endpoint.disabled'] as const;

/** All that an endpoint may subscribe to, spelled as in journals and streams. */
export const WEBHOOK_EVENT_TYPES = [...EVENT_TYPES, ...ACCOUNT_EVENT_TYPES] as const;
export type WebhookEventType = (typeof WEBHOOK_EVENT_TYPES)[number];

/** Sent when somebody asks for it, and then once; nobody subscribes to it. */
export const WEBHOOK_TEST_EVENT = 'webhook_endpoint.test';

/**
 * Why an endpoint is sent nothing: its owner wants it so; it answered 410; every attempt has failed for days; it was
 * deleted.
 */
export const ENDPOINT_DISABLED_REASONS = ['by_client', 'gone', 'failing', 'deleted'] as const;
export type EndpointDisabledReason = (typeof ENDPOINT_DISABLED_REASONS)[number];

/** Why a delivery has failed: its attempts are used up; the receiver answered 410; its endpoint is no longer sent anything. */
export const DELIVERY_FAILURES = ['attempts_exhausted', 'gone', 'endpoint_disabled', 'endpoint_deleted'] as const;
export type DeliveryFailure = (typeof DELIVERY_FAILURES)[number];

/** Moments of a delivery's life, as it is shown. */
export const DELIVERY_STATUSES = ['pending', 'delivered', 'failed'] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];
