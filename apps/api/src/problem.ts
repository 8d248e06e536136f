import { API_KEYS_MAX, REQUEST_CODES, type RequestCode } from '@flotilla/core';
import { BacklogFullError, DatabaseUnavailableError, SessionGoneError, TooManyKeysError } from '@flotilla/db';
import type { z } from 'zod';
import type { itemProblemView, problemView } from './views/problem.ts';

/** One thing wrong with the input. `path` is a JSON pointer (RFC 6901) into the body, or `?name` for a query parameter. */
export type FieldError = { path: string; message: string };

type ProblemParts = {
  errors?: readonly FieldError[];
  /** Extension members (RFC 9457 §3.2) that say what would be right. */
  members?: Readonly<Record<string, string | readonly string[]>>;
  headers?: Readonly<Record<string, string>>;
};

/** A request that is answered with a problem. The message becomes its `detail`: for the client, so without secrets. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly code: RequestCode;
  readonly parts: ProblemParts;

  constructor(code: RequestCode, detail: string, parts: ProblemParts & ErrorOptions = {}) {
    const { cause, ...rest } = parts;
    super(detail, { cause });
    this.code = code;
    this.parts = rest;
  }
}

/** In seconds. Nobody knows when a backlog will have shrunk; this is often enough to ask. */
const BACKLOG_RETRY_AFTER = '5';

/** Whatever a handler threw, as the problem it is answered with. What nobody foresaw is `internal`, and says nothing. */
export function asProblemError(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  if (error instanceof DatabaseUnavailableError) {
    return new ProblemError('unavailable', 'The database cannot be reached right now; try again.', {
      headers: { 'Retry-After': '1' },
      cause: error,
    });
  }
  if (error instanceof SessionGoneError) {
    // The next time it is not found to begin with, and the answer says what is wrong.
    return new ProblemError('unavailable', 'A session that it is about was deleted just now; try again.', {
      headers: { 'Retry-After': '1' },
      cause: error,
    });
  }
  if (error instanceof BacklogFullError) {
    const detail = `At most ${error.maxQueued} missions of the account may lie queued; try again when some have run.`;
    return new ProblemError('backlog_full', detail, { headers: { 'Retry-After': BACKLOG_RETRY_AFTER }, cause: error });
  }
  if (error instanceof TooManyKeysError) {
    const detail = `An account may have ${API_KEYS_MAX} API keys that can be used, and as many that go on beside those in their place; revoke one first.`;
    return new ProblemError('too_many_keys', detail, { cause: error });
  }
  // The router could not decode a percent-encoded part of the path.
  if (error instanceof URIError) {
    return new ProblemError('malformed_request', 'The path holds a percent sign that encodes nothing.', {
      cause: error,
    });
  }
  return new ProblemError('internal', 'This is our fault. It was logged under the request id.', { cause: error });
}

const INSTANCE_MAX_CHARS = 200;

/** What is wrong, wherever it is said: the members of a problem that have nothing to do with its request. */
export function describeProblem(error: ProblemError): z.infer<typeof itemProblemView> {
  const { status, title } = REQUEST_CODES[error.code];
  return {
    type: `urn:flotilla:problem:${error.code}`,
    title,
    status,
    detail: error.message,
    code: error.code,
    ...(error.parts.errors && { errors: [...error.parts.errors] }),
    ...error.parts.members,
  };
}

/** `application/problem+json` (RFC 9457). `type` is a name, not an address: `docs/codes.md` explains every code. */
export function toProblem(
  error: ProblemError,
  request: { requestId: string; path: string },
): z.infer<typeof problemView> {
  const { errors, ...rest } = describeProblem(error);
  return {
    ...rest,
    instance: request.path.slice(0, INSTANCE_MAX_CHARS),
    requestId: request.requestId,
    ...(errors && { errors }),
  };
}
