import { AnthropicError, APIConnectionError, APIConnectionTimeoutError, APIError } from '@anthropic-ai/sdk';
import { RetryableError } from '@flotilla/core';
import { failureOf, streamCut, timedOut, unreachable } from '../failure.ts';
import type { SafeTextOptions } from '../safe-text.ts';

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
  // As Bedrock names them.
  validationException: 400,
  throttlingException: 429,
  internalServerException: 500,
  modelStreamErrorException: 500,
  serviceUnavailableException: 503,
  modelTimeoutException: 504,
};

/** 429s that no wait mends: the money or the limit an operator set is used up. */
const QUOTA_CODES = new Set([
  'enforced_spend_limit_reached',
  'contract_spend_limit_reached',
  'linked_organization_spend_limit_reached',
  'linked_organization_billing_unavailable',
]);

/** The SDK's error in our two words. What is not the SDK's or the connection's comes back as it is. */
export function toFailure(
  error: unknown,
  { provider, ...safe }: SafeTextOptions & { provider: string; inRequest?: string },
): unknown {
  if (error instanceof APIConnectionTimeoutError) return timedOut(provider);
  if (error instanceof APIConnectionError) return unreachable(provider, error);
  if (!isApiError(error)) return unreadable(provider, error, safe.inRequest) ?? error;
  const kind = error.errorCode ?? error.type ?? error.headers?.get('x-amzn-errortype')?.split(':')[0];
  return failureOf({
    ...safe,
    provider,
    status: error.status ?? STATUS_OF_TYPE[error.type ?? ''] ?? 500,
    kind: typeof kind === 'string' ? kind : null,
    message: typeof error.apiMessage === 'string' ? error.apiMessage : bedrockMessage(error.error),
    requestId: error.requestID ?? error.headers?.get('x-amzn-requestid') ?? null,
    headers: error.headers,
    isQuota: error.errorCode !== null && QUOTA_CODES.has(error.errorCode),
  });
}

/** A stream that broke off, or an event that is none. The SDK's words for that repeat the event. */
function unreadable(provider: string, error: unknown, request = ''): RetryableError | null {
  const isTruncated = error instanceof Error && error.message.startsWith('Truncated event message');
  if (isTruncated) return streamCut(provider, new SyntaxError(), request);
  if (error instanceof AnthropicError) {
    return new RetryableError('provider_bad_response', `${provider} sent an event that cannot be read${request}`);
  }
  return streamCut(provider, error, request);
}

/** Bedrock's own errors are `{"message": …}`. */
function bedrockMessage(body: unknown): string | null {
  const isSaid = typeof body === 'object' && body !== null && 'message' in body && typeof body.message === 'string';
  return isSaid ? String(body.message) : null;
}

/** `instanceof` alone would leave the generic class's fields as `any`. */
function isApiError(error: unknown): error is APIError {
  return error instanceof APIError;
}
