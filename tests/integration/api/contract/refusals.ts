import type { RequestCode } from '@flotilla/core';
import type { CallOptions } from '../fixture.ts';
import type { Example } from './example.ts';
import { addressOf, codesOf, type Operation } from './operations.ts';
import type { World } from './world.ts';

/** A request as it is sent. */
export type Refusal = { code: RequestCode; path: string; options: CallOptions; method?: string };

/** The bounds of the only body that is not one thing's. */
const BATCH = 'POST /v1/missions/batch';
const MEGABYTE = 1_048_576;

/** Requests that any operation of its kind refuses, made from one that it takes. */
export async function refusalsOf(operation: Operation, example: Example, world: World): Promise<Refusal[]> {
  const { name, scope, otherMethod, parameters, requestBody } = operation;
  const { params = {}, query, body } = example;
  const path = addressOf(operation, params);
  const byOther: Refusal = { code: 'method_not_allowed', method: otherMethod, path, options: {} };
  if (scope === null) return [byOther];
  const asked = `${path}${query === undefined ? '' : `?${query}`}`;
  const sent: CallOptions = body === undefined ? {} : { body };
  const others = await world.keyWithout(scope);
  const refusals: Refusal[] = [
    byOther,
    { code: 'unauthenticated', path: asked, options: { ...sent, key: null } },
    { code: 'missing_scope', path: asked, options: { ...sent, key: others } },
    { code: 'invalid_request', path: `${path}?strange=1`, options: sent },
  ];
  const isNamed = parameters.some((parameter) => parameter.in === 'path');
  if (isNamed && operation.method !== 'PUT') {
    refusals.push({ code: 'not_found', path: addressOf(operation, {}), options: sent });
  }
  if (requestBody) {
    const isBatch = name === BATCH;
    const keys = Object.fromEntries(Array.from({ length: isBatch ? 100_001 : 1_001 }, (_, index) => [`k${index}`, 1]));
    const raw = (code: RequestCode, text: string, headers = {}): Refusal => ({
      code,
      path,
      options: { raw: text, headers },
    });
    refusals.push(
      raw('invalid_json', '{"goal":'),
      raw('body_too_deep', '['.repeat(40)),
      raw('body_too_many_keys', JSON.stringify(keys)),
      raw('forbidden_key', '{"__proto__":{}}'),
      raw('body_too_large', ' '.repeat(isBatch ? 8 * MEGABYTE + 1 : MEGABYTE / 4 + 1)),
      raw('unsupported_media_type', '{}', { 'content-type': 'text/plain' }),
      raw('invalid_request', '{"strange":1}'),
      // Not the same as no body.
      raw('invalid_request', 'null'),
    );
  }
  if (codesOf(operation).includes('idempotency_key_not_taken')) {
    const headers = { 'idempotency-key': 'none-is-taken' };
    refusals.push({ code: 'idempotency_key_not_taken', path: asked, options: { ...sent, headers } });
  }
  if (parameters.some((parameter) => parameter.name === 'Idempotency-Key')) {
    await useKey(world, name);
    const headers = { 'idempotency-key': 'of-another-body' };
    refusals.push({ code: 'idempotency_key_reused', path: asked, options: { ...sent, headers } });
    refusals.push({
      code: 'invalid_idempotency_key',
      path: asked,
      options: { ...sent, headers: { 'idempotency-key': 'two words' } },
    });
  }
  return refusals;
}

/** As a request with another body would have. */
async function useKey({ api }: World, name: string): Promise<void> {
  await api.sql.query(
    `INSERT INTO idempotency_records (account_id, route, key, fingerprint, status, response, expires_at)
     VALUES ($1, $2, 'of-another-body', '', 200, '{}', now() + interval '1 day')`,
    [api.accountId, name.replace(/\{(\w+)\}/g, ':$1')],
  );
}
