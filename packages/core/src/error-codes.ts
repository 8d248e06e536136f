/**
 * Every code a client may meet, in one table. `docs/codes.md` says what to do about each; a code is never reused for
 * another meaning. `status` is the HTTP status the API answers with.
 */
export const REQUEST_CODES = {
  malformed_request: { status: 400, title: 'The request is not valid HTTP' },
  invalid_json: { status: 400, title: 'The body is not valid JSON' },
  body_too_deep: { status: 400, title: 'The body is nested too deeply' },
  body_too_many_keys: { status: 400, title: 'The body has too many keys' },
  forbidden_key: { status: 400, title: 'The body has a key that is not allowed' },
  invalid_idempotency_key: { status: 400, title: 'The Idempotency-Key is not valid' },
  idempotency_key_not_taken: { status: 400, title: 'There is no Idempotency-Key for this' },
  invalid_cursor: { status: 400, title: 'The cursor is not one of ours' },
  unauthenticated: { status: 401, title: 'No valid API key was given' },
  missing_scope: { status: 403, title: 'The API key lacks the scope for this' },
  not_found: { status: 404, title: 'There is nothing here' },
  method_not_allowed: { status: 405, title: 'This address does not take this method' },
  request_timeout: { status: 408, title: 'The request did not arrive in time' },
  mission_ended: { status: 409, title: 'The mission has already ended' },
  mission_not_ended: { status: 409, title: 'The mission has not ended yet' },
  idempotency_key_in_use: { status: 409, title: 'A request with this Idempotency-Key is under way' },
  idempotency_outcome_unknown: { status: 409, title: 'The request with this Idempotency-Key broke off' },
  duplicate_mission: { status: 409, title: 'There is an unfinished mission with this dedupe key' },
  key_replaced: { status: 409, title: 'The API key has been rotated already' },
  too_many_keys: { status: 409, title: 'The account has as many API keys as it may' },
  already_answered: { status: 409, title: 'Somebody has answered this already' },
  endpoint_disabled: { status: 409, title: 'The webhook endpoint is disabled' },
  endpoint_deleted: { status: 409, title: 'The webhook endpoint was deleted' },
  test_pending: { status: 409, title: 'A test of the webhook endpoint is still on its way' },
  too_many_endpoints: { status: 409, title: 'The account has as many webhook endpoints as it may' },
  secret_rotating: { status: 409, title: 'The secret before is still valid' },
  cursor_expired: { status: 410, title: 'The log is no longer kept from there on' },
  ask_expired: { status: 410, title: 'The time to answer is over' },
  body_too_large: { status: 413, title: 'The body is too large' },
  unsupported_media_type: { status: 415, title: 'The body is not JSON' },
  idempotency_key_reused: { status: 422, title: 'The Idempotency-Key was used for another request' },
  invalid_request: { status: 422, title: 'The request is not valid' },
  unknown_agent: { status: 422, title: 'There is no such agent' },
  unknown_model: { status: 422, title: 'The model is not known here' },
  unknown_tool: { status: 422, title: 'The tool is not known here' },
  unknown_pool: { status: 422, title: 'There is no such pool' },
  unknown_session: { status: 422, title: 'There is no such session' },
  url_not_allowed: { status: 422, title: 'The URL may not be called from here' },
  backlog_full: { status: 429, title: 'Too many missions of the account lie queued' },
  too_many_requests: { status: 429, title: 'Too many requests in too short a time' },
  too_many_streams: { status: 429, title: 'Too many requests of the API key or its account are held open' },
  headers_too_large: { status: 431, title: 'The header is too large' },
  internal: { status: 500, title: 'Something went wrong on our side' },
  unavailable: { status: 503, title: 'Not available right now; try again' },
  overloaded: { status: 503, title: 'Too busy to take this now; try again' },
  handler_timeout: { status: 504, title: 'The request took too long to answer' },
} as const satisfies Record<string, { status: number; title: string }>;

export type RequestCode = keyof typeof REQUEST_CODES;

/**
 * Why a step or a mission failed. `kind` says whether trying again can help: `terminal`, never; `retryable`, it may, as
 * often as a step is tried; `not_now`, as soon as the provider is well again: the step has no part in it.
 */
export const FAILURE_CODES = {
  provider_auth: { kind: 'terminal' },
  provider_quota: { kind: 'terminal' },
  provider_not_configured: { kind: 'terminal' },
  provider_refused_request: { kind: 'terminal' },
  provider_rate_limited: { kind: 'not_now' },
  provider_overloaded: { kind: 'not_now' },
  provider_error: { kind: 'not_now' },
  provider_unreachable: { kind: 'not_now' },
  provider_suspended: { kind: 'not_now' },
  provider_timeout: { kind: 'retryable' },
  provider_stream_cut: { kind: 'retryable' },
  provider_bad_response: { kind: 'retryable' },
  model_refused: { kind: 'terminal' },
  max_output_tokens: { kind: 'terminal' },
  max_steps: { kind: 'terminal' },
  output_invalid: { kind: 'terminal' },
  budget_exhausted: { kind: 'terminal' },
  price_unknown: { kind: 'terminal' },
  spec_unsupported: { kind: 'terminal' },
  poisoned: { kind: 'terminal' },
  expired: { kind: 'terminal' },
  deadline_exceeded: { kind: 'terminal' },
  internal_error: { kind: 'retryable' },
} as const satisfies Record<string, { kind: 'terminal' | 'retryable' | 'not_now' }>;

export type FailureCode = keyof typeof FAILURE_CODES;

/** Why a mission is queued or waiting rather than running, or was cancelled. */
export const STATUS_CODES = [
  'account_limit',
  'session_busy',
  'retry_backoff',
  'rate_limited',
  'delayed',
  'paused',
  'agent_off',
  'draining',
  'no_worker',
  'awaiting_approval',
  'awaiting_input',
  'awaiting_tool',
  'awaiting_children',
  'awaiting_budget',
  'awaiting_operator',
  'cancelled_by_client',
  'parent_ended',
] as const;
export type StatusCode = (typeof STATUS_CODES)[number];
