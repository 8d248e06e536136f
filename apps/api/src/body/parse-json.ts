import { ProblemError } from '../problem.ts';
import { BODY_LIMITS } from './body-limits.ts';
import { type ScanLimits, scanJson } from './scan-json.ts';

/** A byte order mark is kept, so that the parser refuses it: JSON text must not begin with one (RFC 8259 §8.1). */
const UTF8 = { fatal: true, ignoreBOM: true } as const;

/**
 * The value of a JSON body, within limits.
 * @throws {ProblemError} `invalid_json`, `body_too_deep`, `body_too_many_keys`, `forbidden_key`, `invalid_request`
 */
export function parseJson(bytes: Buffer, limits: ScanLimits = BODY_LIMITS): unknown {
  const fault = scanJson(bytes, limits);
  if (fault) {
    const { code, ...error } = fault;
    throw new ProblemError(code, `The body: ${error.path || 'it'} ${error.message}.`, { errors: [error] });
  }
  const text = decode(bytes);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ProblemError('invalid_json', `The body cannot be parsed${whereOf(cause)}.`, { cause });
  }
}

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', UTF8).decode(bytes);
  } catch (cause) {
    throw new ProblemError('invalid_json', 'The body is not valid UTF-8.', { cause });
  }
}

/** The place from V8's message; the rest of it would repeat what was sent. */
function whereOf(error: unknown): string {
  const [where] = /\bat position \d+/.exec(error instanceof Error ? error.message : '') ?? [];
  return where === undefined ? '' : ` ${where}`;
}
