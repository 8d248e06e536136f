import type { Api, Body, Query, Reply } from './api.ts';
import type { List } from './list.ts';
import type { CallOptions } from './transport.ts';

/** `client.apiKeys` */
export type ApiKeys = {
  /** Makes a key. The answer holds it, and none after it does. */
  create(key: Body<'POST /v1/api-keys'>, options?: CallOptions): Promise<Reply<'POST /v1/api-keys'>>;

  /** Newest first. */
  list(query?: Query<'GET /v1/api-keys'>, options?: CallOptions): List<Reply<'GET /v1/api-keys'>>;

  /** Makes a key in place of another, which goes on for a while beside it. */
  rotate(
    keyId: string,
    how?: Body<'POST /v1/api-keys/{keyId}/rotate'>,
    options?: CallOptions,
  ): Promise<Reply<'POST /v1/api-keys/{keyId}/rotate'>>;

  /** Revokes a key: within 5 seconds nothing is answered to it. */
  revoke(keyId: string, options?: CallOptions): Promise<Reply<'DELETE /v1/api-keys/{keyId}'>>;
};

export function createApiKeys({ call, list }: Api): ApiKeys {
  return {
    create: (key, options) => call('POST /v1/api-keys', { body: key }, options),
    list: (query, options) => list('GET /v1/api-keys', { query }, options),
    rotate: (keyId, how = {}, options) =>
      call('POST /v1/api-keys/{keyId}/rotate', { params: { keyId }, body: how }, options),
    revoke: (keyId, options) => call('DELETE /v1/api-keys/{keyId}', { params: { keyId } }, options),
  };
}
