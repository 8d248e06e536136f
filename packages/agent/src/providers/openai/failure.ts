import { APIConnectionError, APIConnectionTimeoutError, APIError } from 'openai';
import { z } from 'zod';
import { failureOf, streamCut, timedOut, unreachable } from '../failure.ts';
import type { SafeTextOptions } from '../safe-text.ts';

const PROVIDER = 'openai';

/** An error inside a 200 stream has a name and no status; this is the status that name comes with otherwise. */
const STATUS_OF_KIND: Record<string, number> = {
  invalid_request_error: 400,
  context_length_exceeded: 400,
  invalid_prompt: 400,
  bio_policy: 400,
  misalignment_policy_violation: 400,
  data_residency_mismatch: 400,
  authentication_error: 401,
  invalid_api_key: 401,
  permission_error: 403,
  not_found_error: 404,
  model_not_found: 404,
  rate_limit_error: 429,
  rate_limit_exceeded: 429,
  tokens: 429,
  requests: 429,
  server_error: 500,
  api_error: 500,
  internal_error: 500,
  timeout: 504,
  overloaded: 529,
  overloaded_error: 529,
  engine_overloaded: 529,
  server_overloaded: 529,
};

/** 429s that no wait mends: the money or the limit an operator set is used up. */
const QUOTA_KINDS = new Set([
  'insufficient_quota',
  'billing_hard_limit_reached',
  'billing_not_active',
  'access_terminated',
]);

/** What servers with an OpenAI interface say in `error`; some say it in plain text. */
const bodySchema = z.preprocess(
  (body) => (typeof body === 'string' ? { message: body } : body),
  z
    .object({
      message: z.string().nullable().catch(null),
      type: z.string().nullable().catch(null),
      code: z.union([z.string(), z.number()]).nullable().catch(null),
    })
    .catch({ message: null, type: null, code: null }),
);

/** The SDK's error in our two words. What is not the SDK's or the connection's comes back as it is. */
export function toFailure(error: unknown, safe: SafeTextOptions & { inRequest?: string }): unknown {
  if (error instanceof APIConnectionTimeoutError) return timedOut(PROVIDER);
  if (error instanceof APIConnectionError) return unreachable(PROVIDER, error);
  if (!isApiError(error)) return streamCut(PROVIDER, error, safe.inRequest) ?? error;
  const body = bodySchema.parse(error.error);
  const kinds = [body.code, body.type].filter((kind) => typeof kind === 'string' && kind !== '').map(String);
  return failureOf({
    ...safe,
    provider: PROVIDER,
    status: error.status ?? statusOf(body.code, kinds),
    kind: kinds[0] ?? null,
    message: body.message,
    requestId: error.requestID ?? null,
    headers: error.headers,
    isQuota: kinds.some((kind) => QUOTA_KINDS.has(kind)),
  });
}

/** vLLM, OpenRouter and others put the HTTP status itself into `code`. */
function statusOf(code: unknown, kinds: readonly string[]): number {
  const number = Number(code);
  if (Number.isInteger(number) && number >= 400 && number < 600) return number;
  for (const kind of kinds) {
    const status = STATUS_OF_KIND[kind];
    if (status !== undefined) return status;
  }
  return 500;
}

/** `instanceof` alone would leave the generic class's fields as `any`. */
function isApiError(error: unknown): error is APIError {
  return error instanceof APIError;
}
