import type { RequestCode } from '@flotilla/core';
import type { JsonSchema } from './schemas.ts';

export type Header = { description: string; required?: boolean; schema: JsonSchema };

const HEADERS = '#/components/headers/';

/** What answers carry for whoever asked. What is for browsers and proxies alone is told of nowhere. */
export const ANSWER_HEADERS = {
  'X-Request-Id': {
    description: 'Under which the request was logged: the id that it came with, or one that was made for it.',
    required: true,
    schema: { type: 'string' },
  },
  RateLimit: {
    description: 'What is left of the limit that binds, and in how many seconds there is more; docs/access.md.',
    schema: { type: 'string', examples: ['"key";r=962;t=1'] },
  },
  'RateLimit-Policy': {
    description: 'The limit that binds: how many requests at once, and in how many seconds as many again.',
    schema: { type: 'string', examples: ['"key";q=1000;w=10'] },
  },
  'Retry-After': {
    description: 'In how many seconds to ask again: on every 429, on 503, and on 409 idempotency_key_in_use.',
    schema: { type: 'integer', minimum: 1 },
  },
  Location: {
    description: 'The address of what was made, or was there already.',
    required: true,
    schema: { type: 'string', format: 'uri-reference' },
  },
  'Idempotent-Replayed': {
    description: 'true, where the answer was given before to the same request with the same Idempotency-Key.',
    schema: { type: 'string', const: 'true' },
  },
  'WWW-Authenticate': {
    description: 'How to say who asks.',
    required: true,
    schema: { type: 'string', const: 'Bearer realm="flotilla"' },
  },
  Allow: { description: 'The methods that the address takes.', required: true, schema: { type: 'string' } },
  Accept: { description: 'The media type that a body has to have.', schema: { type: 'string' } },
} satisfies Record<string, Header>;

export type AnswerHeader = keyof typeof ANSWER_HEADERS;

/** On every answer but those of probes. */
export const OF_LIMITS: readonly AnswerHeader[] = ['RateLimit', 'RateLimit-Policy'];

const OF_CODES: Partial<Record<RequestCode, AnswerHeader>> = {
  unauthenticated: 'WWW-Authenticate',
  method_not_allowed: 'Allow',
  unsupported_media_type: 'Accept',
  idempotency_key_in_use: 'Retry-After',
  too_many_requests: 'Retry-After',
  too_many_streams: 'Retry-After',
  backlog_full: 'Retry-After',
  unavailable: 'Retry-After',
  overloaded: 'Retry-After',
};

/** What the answers with these codes carry. */
export function headersOfProblems(codes: readonly RequestCode[]): AnswerHeader[] {
  return [...OF_LIMITS, ...codes.flatMap((code) => OF_CODES[code] ?? [])];
}

/** The headers of one answer, each as a reference to where it is told of. */
export function referTo(names: readonly AnswerHeader[]): Record<string, { $ref: string }> {
  const all: readonly AnswerHeader[] = ['X-Request-Id', ...names];
  return Object.fromEntries(all.map((name) => [name, { $ref: `${HEADERS}${name}` }]));
}
