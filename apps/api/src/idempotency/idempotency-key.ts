import { IDEMPOTENCY_KEY_MAX_CHARS } from '@flotilla/core';
import { ProblemError } from '../problem.ts';

/** A String of RFC 8941 §3.3.3: printable ASCII in quotes, in which a quote or a backslash is escaped. */
const QUOTED = /^"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/;
/** What most clients send, such as a bare UUID: visible ASCII without what has a meaning in header values. */
const BARE = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*$/;

/**
 * The key of an `Idempotency-Key` header; `null` where there is none. The draft (httpapi-idempotency-key-header-07 §2.1)
 * has it in quotes; bare, it is the same key.
 * @throws {ProblemError} `invalid_idempotency_key`
 */
export function readIdempotencyKey(header: string | string[] | undefined): string | null {
  if (header === undefined) return null;
  const text = typeof header === 'string' ? header.trim() : '';
  const [, quoted] = QUOTED.exec(text) ?? [];
  const key = quoted === undefined ? text : quoted.replace(/\\(["\\])/g, '$1');
  const isValid = quoted !== undefined || BARE.test(text);
  if (isValid && key.length > 0 && key.length <= IDEMPOTENCY_KEY_MAX_CHARS) return key;
  const detail = `Send Idempotency-Key once, with 1 to ${IDEMPOTENCY_KEY_MAX_CHARS} ASCII characters, such as a UUID; quote it when it has a space, comma or semicolon.`;
  throw new ProblemError('invalid_idempotency_key', detail);
}
