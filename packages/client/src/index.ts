export type { Client, ClientOptions } from './client.ts';
export { createClient } from './client.ts';
export type { ErrorCode, FieldError } from './errors.ts';
export { FlotillaError } from './errors.ts';
/** The API's own types, under the names they have in its document. */
export type * from './generated/api.ts';
export type { List, Page } from './list.ts';
export type { Delta, StreamItem, StreamOptions } from './stream.ts';
export type { CallOptions } from './transport.ts';
export type { WaitOptions } from './wait.ts';
export type { Webhook, WebhookHeaders, WebhookOptions } from './webhook.ts';
export { verifyWebhook, WebhookVerificationError } from './webhook.ts';
