import type { Problem, ProblemCode } from './generated/api.ts';

/** What went wrong where no answer of the API says so: none came, none came in time, or one that was not the API's. */
type TransportCode = 'connection_failed' | 'timed_out' | 'invalid_response';

/** The API's codes are in its `docs/codes.md`; new ones may come, so a `switch` over them has a `default`. */
export type ErrorCode = ProblemCode | TransportCode | (string & Record<never, never>);

/** One thing wrong with a request: `path` is a JSON pointer into its body, or `?name` for a parameter. */
export type FieldError = NonNullable<Problem['errors']>[number];

type Facts = {
  code: ErrorCode;
  detail: string;
  status?: number;
  problem?: Problem;
  requestId?: string | null;
  retryAfterMs?: number | null;
};

/** A request that did not get what it asked for. `code` says what to do about it. */
export class FlotillaError extends Error {
  override readonly name = 'FlotillaError';
  readonly code: ErrorCode;
  /** A sentence for people. */
  readonly detail: string;
  /** The HTTP status; `null` where no answer came. */
  readonly status: number | null;
  /** Every field that is wrong, of an `invalid_request`. */
  readonly errors: readonly FieldError[];
  /** Names the request in the API's log. */
  readonly requestId: string | null;
  /** How long the API asks to wait before the next try. */
  readonly retryAfterMs: number | null;
  /** The whole problem document (RFC 9457), with what else it says, such as `missionId`. */
  readonly problem: Problem | null;

  constructor(facts: Facts, options?: ErrorOptions) {
    super(`${facts.code}: ${facts.detail}`, options);
    this.code = facts.code;
    this.detail = facts.detail;
    this.status = facts.status ?? null;
    this.problem = facts.problem ?? null;
    this.errors = facts.problem?.errors ?? [];
    this.requestId = facts.requestId ?? null;
    this.retryAfterMs = facts.retryAfterMs ?? null;
  }
}

const PASSING_STATUSES: ReadonlySet<number> = new Set([408, 429, 502, 503, 504]);

/** Whether the same request may succeed a little later. */
export function isPassing(error: unknown): error is FlotillaError {
  if (!(error instanceof FlotillaError)) return false;
  if (error.status === null) return error.code !== 'invalid_response';
  return PASSING_STATUSES.has(error.status) || error.code === 'idempotency_key_in_use';
}
