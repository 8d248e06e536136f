import type { RequestCode } from '@flotilla/core';
import { type PublicRoute, type Route, refusesKey, takesKey } from '../routes/route.ts';

/** Whatever is asked for. */
const ALWAYS: readonly RequestCode[] = [
  'malformed_request',
  // By another method than this one.
  'method_not_allowed',
  'request_timeout',
  'headers_too_large',
  'internal',
  'unavailable',
  'handler_timeout',
];
const OF_KEYS: readonly RequestCode[] = [
  'unauthenticated',
  'missing_scope',
  'invalid_request',
  'too_many_requests',
  'overloaded',
];
const OF_BODIES: readonly RequestCode[] = [
  'invalid_json',
  'body_too_deep',
  'body_too_many_keys',
  'forbidden_key',
  'body_too_large',
  'unsupported_media_type',
];
const OF_KEYED: readonly RequestCode[] = [
  'invalid_idempotency_key',
  'idempotency_key_in_use',
  'idempotency_key_reused',
];

/** The codes of all problems a route may answer with: those it names, and those that follow from what it takes. */
export function problemCodesOf(route: Route | PublicRoute, query: readonly string[]): RequestCode[] {
  if (!('scope' in route)) return [...ALWAYS, ...(route.problems ?? [])];
  // What a PUT names need not be there.
  const isThere = route.method !== 'PUT' && /[:*]/.test(route.path);
  const codes = [
    ...ALWAYS,
    ...OF_KEYS,
    ...(route.body === undefined ? [] : OF_BODIES),
    ...(takesKey(route) ? OF_KEYED : []),
    ...(route.keepsAnswer === undefined ? [] : (['idempotency_outcome_unknown'] as const)),
    ...(refusesKey(route) ? (['idempotency_key_not_taken'] as const) : []),
    ...(isThere ? (['not_found'] as const) : []),
    ...(query.includes('cursor') ? (['invalid_cursor'] as const) : []),
    ...(route.problems ?? []),
  ];
  return [...new Set(codes)];
}
