import type { Api, Body, Query, Reply } from './api.ts';
import type { List } from './list.ts';
import type { CallOptions } from './transport.ts';

/** `client.webhookEndpoints` */
export type WebhookEndpoints = {
  /** Makes an endpoint. The answer holds its secret, which is never shown again. */
  create(
    endpoint: Body<'POST /v1/webhook-endpoints'>,
    options?: CallOptions,
  ): Promise<Reply<'POST /v1/webhook-endpoints'>>;

  /** Newest first. */
  list(query?: Query<'GET /v1/webhook-endpoints'>, options?: CallOptions): List<Reply<'GET /v1/webhook-endpoints'>>;

  get(endpointId: string, options?: CallOptions): Promise<Reply<'GET /v1/webhook-endpoints/{endpointId}'>>;

  /** Changes what is given, and nothing else. */
  update(
    endpointId: string,
    change: Body<'PATCH /v1/webhook-endpoints/{endpointId}'>,
    options?: CallOptions,
  ): Promise<Reply<'PATCH /v1/webhook-endpoints/{endpointId}'>>;

  delete(endpointId: string, options?: CallOptions): Promise<Reply<'DELETE /v1/webhook-endpoints/{endpointId}'>>;

  /** A new secret, beside which the one before signs for a while: `verifyWebhook` takes both. */
  rotateSecret(
    endpointId: string,
    how?: Body<'POST /v1/webhook-endpoints/{endpointId}/rotate-secret'>,
    options?: CallOptions,
  ): Promise<Reply<'POST /v1/webhook-endpoints/{endpointId}/rotate-secret'>>;

  /** Sends a signed test event, once. */
  test(endpointId: string, options?: CallOptions): Promise<Reply<'POST /v1/webhook-endpoints/{endpointId}/test'>>;

  /** Sends again what has failed since a moment. */
  recover(
    endpointId: string,
    since: Body<'POST /v1/webhook-endpoints/{endpointId}/recover'>,
    options?: CallOptions,
  ): Promise<Reply<'POST /v1/webhook-endpoints/{endpointId}/recover'>>;
};

export function createWebhookEndpoints({ call, list }: Api): WebhookEndpoints {
  return {
    create: (endpoint, options) => call('POST /v1/webhook-endpoints', { body: endpoint }, options),
    list: (query, options) => list('GET /v1/webhook-endpoints', { query }, options),
    get: (endpointId, options) => call('GET /v1/webhook-endpoints/{endpointId}', { params: { endpointId } }, options),
    update: (endpointId, change, options) =>
      call('PATCH /v1/webhook-endpoints/{endpointId}', { params: { endpointId }, body: change }, options),
    delete: (endpointId, options) =>
      call('DELETE /v1/webhook-endpoints/{endpointId}', { params: { endpointId } }, options),
    rotateSecret: (endpointId, how = {}, options) =>
      call('POST /v1/webhook-endpoints/{endpointId}/rotate-secret', { params: { endpointId }, body: how }, options),
    test: (endpointId, options) =>
      call('POST /v1/webhook-endpoints/{endpointId}/test', { params: { endpointId } }, options),
    recover: (endpointId, since, options) =>
      call('POST /v1/webhook-endpoints/{endpointId}/recover', { params: { endpointId }, body: since }, options),
  };
}

/** `client.webhookDeliveries` */
export type WebhookDeliveries = {
  /** Newest first. */
  list(query?: Query<'GET /v1/webhook-deliveries'>, options?: CallOptions): List<Reply<'GET /v1/webhook-deliveries'>>;

  get(deliveryId: string, options?: CallOptions): Promise<Reply<'GET /v1/webhook-deliveries/{deliveryId}'>>;

  /** Each POST that was made of it, in order. */
  attempts(
    deliveryId: string,
    query?: Query<'GET /v1/webhook-deliveries/{deliveryId}/attempts'>,
    options?: CallOptions,
  ): List<Reply<'GET /v1/webhook-deliveries/{deliveryId}/attempts'>>;

  /** Sends it again now, under the same id. */
  redeliver(
    deliveryId: string,
    options?: CallOptions,
  ): Promise<Reply<'POST /v1/webhook-deliveries/{deliveryId}/redeliver'>>;
};

export function createWebhookDeliveries({ call, list }: Api): WebhookDeliveries {
  return {
    list: (query, options) => list('GET /v1/webhook-deliveries', { query }, options),
    get: (deliveryId, options) => call('GET /v1/webhook-deliveries/{deliveryId}', { params: { deliveryId } }, options),
    attempts: (deliveryId, query, options) =>
      list('GET /v1/webhook-deliveries/{deliveryId}/attempts', { params: { deliveryId }, query }, options),
    redeliver: (deliveryId, options) =>
      call('POST /v1/webhook-deliveries/{deliveryId}/redeliver', { params: { deliveryId } }, options),
  };
}
