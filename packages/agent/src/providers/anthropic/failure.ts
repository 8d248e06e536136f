import { APIConnectionError, APIConnectionTimeoutError, APIError } from '@anthropic-ai/sdk';
import { failureOf, streamCut, timedOut, unreachable } from '../failure.ts';
import type { SafeTextOptions } from '../safe-text.ts';

const PROVIDER = 'anthropic';

/** An error event inside a 200 stream has a type and no status; this is the status that type comes with otherwise. */
const STATUS_OF_TYPE: Record<string, number> = {
  invalid_request_error: 400,
  authentication_error: 401,
  billing_error: 402,
  permission_error: 403,
  not_found_error: 404,
  request_too_large: 413,
  rate_limit_error: 429,
  api_error: 500,
  timeout_error: 504,
  overloaded_error: 529,
};

/** 429s that no wait mends: the money or the limit an operator set is used up. */
const QUOTA_CODES = new Set([
  'enforced_spend_limit_reached',
  'contract_spend_limit_reached',
  'linked_organization_spend_limit_reached',
  'linked_organization_billing_unavailable',
]);

/** The SDK's error in our two words. What is not the SDK's or the connection's comes back as it is. */
export function toFailure(error: unknown, safe: SafeTextOptions & { inRequest?: string }): unknown {
  if (error instanceof APIConnectionTimeoutError) return timedOut(PROVIDER);
  if (error instanceof APIConnectionError) return unreachable(PROVIDER, error);
  if (!isApiError(error)) return streamCut(PROVIDER, error, safe.inRequest) ?? error;
  const kind = error.errorCode ?? error.type;
  return failureOf({
    ...safe,
    provider: PROVIDER,
    status: error.status ?? STATUS_OF_TYPE[error.type ?? ''] ?? 500,
    kind: typeof kind === 'string' ? kind : null,
    message: typeof error.apiMessage === 'string' ? error.apiMessage : null,
    requestId: error.requestID ?? null,
    headers: error.headers,
    isQuota: error.errorCode !== null && QUOTA_CODES.has(error.errorCode),
  });
}

/** `instanceof` alone would leave the generic class's fields as `any`. */
function isApiError(error: unknown): error is APIError {
  return error instanceof APIError;
}
