import { FAILURE_CODES, type FailureCode, RetryableError, TerminalError } from '@flotilla/core';
import { inRequest, type SafeTextOptions, safeText } from './safe-text.ts';

/** What a provider said when it did not answer, in words both wire formats share. */
export type ProviderFault = SafeTextOptions & {
  provider: string;
  /** HTTP status, or the one an error inside the stream stands for. */
  status: number;
  /** The provider's own name for the error. */
  kind?: string | null;
  message?: string | null;
  requestId?: string | null;
  headers?: Headers | undefined;
  /** No money left, or a spend limit reached: waiting does not help, an operator does. */
  isQuota?: boolean;
};

export const RETRY_AFTER_MAX_MS = 3_600_000;

/** One table from status to code, for every provider. */
export function failureOf(fault: ProviderFault): TerminalError | RetryableError {
  const code = fault.isQuota ? 'provider_quota' : codeOfStatus(fault.status);
  const kind = fault.kind ? ` ${safeText(fault.kind, fault)}` : '';
  const said = fault.message ? `: ${safeText(fault.message, fault)}` : '';
  const message = `${fault.provider} answered ${fault.status}${kind}${said}${inRequest(fault.requestId)}`;
  if (FAILURE_CODES[code].kind === 'terminal') return new TerminalError(code, message);
  return new RetryableError(code, message, { retryAfterMs: fault.headers ? retryAfterMs(fault.headers) : null });
}

function codeOfStatus(status: number): FailureCode {
  switch (status) {
    case 401:
    case 403:
      return 'provider_auth';
    case 402:
      return 'provider_quota';
    case 408:
      return 'provider_timeout';
    // 424 is Bedrock's word for a model that broke down.
    case 409:
    case 424:
    case 425:
      return 'provider_error';
    case 429:
      return 'provider_rate_limited';
    case 503:
    case 529:
      return 'provider_overloaded';
    default:
      if (status >= 500) return 'provider_error';
      // Redirects are not followed: they would carry the key to another host. The base URL is wrong.
      return status < 400 ? 'provider_not_configured' : 'provider_refused_request';
  }
}

/**
 * The wait a provider asks for, between 0 and an hour: a skewed clock turns an HTTP date into nonsense.
 * `retry-after-ms` is the finer of the two headers and wins; `retry-after` is seconds or an HTTP date (RFC 9110 §10.2.3).
 */
export function retryAfterMs(headers: Headers, now: number = Date.now()): number | null {
  const wait = millis(headers.get('retry-after-ms')) ?? secondsOrDate(headers.get('retry-after'), now);
  return wait === null ? null : Math.min(Math.max(Math.ceil(wait), 0), RETRY_AFTER_MAX_MS);
}

function millis(value: string | null): number | null {
  return value !== null && /^\s*\d+(\.\d+)?\s*$/.test(value) ? Number(value) : null;
}

function secondsOrDate(value: string | null, now: number): number | null {
  if (value === null) return null;
  const seconds = millis(value);
  if (seconds !== null) return seconds * 1_000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? null : date - now;
}

const TIMEOUT_CODES = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT']);

/** The request never got an answer. Without the SDK's error as cause: that one carries URLs and headers. */
export function unreachable(provider: string, error: unknown): RetryableError {
  const code = transportCode(error);
  if (code && TIMEOUT_CODES.has(code)) return timedOut(provider, code);
  return new RetryableError('provider_unreachable', `${provider} could not be reached${code ? ` (${code})` : ''}`);
}

/** The answer began and broke off; `null` when the error is none of the connection's. `request` ends the message. */
export function streamCut(provider: string, error: unknown, request = ''): RetryableError | null {
  const code = transportCode(error);
  if (code && TIMEOUT_CODES.has(code)) return timedOut(provider, code);
  // undici's `terminated`; and half an event, which the SDKs pass to the JSON parser when a body ends in its middle.
  const isCut = code !== null || error instanceof SyntaxError || isTerminated(error);
  if (!isCut) return null;
  const how = code ? ` (${code})` : '';
  return new RetryableError('provider_stream_cut', `${provider} broke off in the middle of the reply${how}${request}`);
}

export function timedOut(provider: string, code?: string): RetryableError {
  return new RetryableError('provider_timeout', `${provider} did not answer in time${code ? ` (${code})` : ''}`);
}

function isTerminated(error: unknown): boolean {
  return error instanceof TypeError && error.message === 'terminated';
}

/** The system's or undici's code of a failed connection, wherever in the chain of causes it sits. */
function transportCode(error: unknown): string | null {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) {
    if ('code' in at && typeof at.code === 'string' && /^(E[A-Z]+|UND_ERR_[A-Z_]+)$/.test(at.code)) return at.code;
  }
  return null;
}
