import { ProblemError } from '../problem.ts';
import { BODY_LIMITS } from './body-limits.ts';
import { type LongList, type ScanLimits, scanJson } from './scan-json.ts';
import type { Steps } from './slices.ts';

/** A byte order mark is kept, so that the parser refuses it: JSON text must not begin with one (RFC 8259 §8.1). */
const UTF8 = { fatal: true, ignoreBOM: true } as const;

/**
 * The value of a JSON body, within limits. A long list in it, as a batch is one, is parsed part by part.
 * @throws {ProblemError} `invalid_json`, `body_too_deep`, `body_too_many_keys`, `forbidden_key`, `invalid_request`
 */
export function* parseJson(bytes: Buffer, limits: ScanLimits = BODY_LIMITS): Steps<unknown> {
  const { fault, list } = yield* scanJson(bytes, limits);
  if (fault) {
    const { code, ...error } = fault;
    throw new ProblemError(code, `The body: ${error.path || 'it'} ${error.message}.`, { errors: [error] });
  }
  return list === null ? parse(decode(bytes), 0) : yield* parseInParts(bytes, list);
}

/**
 * The same as at once: what is around the list, with an empty one in its place, and parts that are lists themselves
 * make a document together, and where one of them makes none, neither do they all.
 */
function* parseInParts(bytes: Buffer, { key, from, cuts, to }: LongList): Steps<unknown> {
  const head = decode(bytes.subarray(0, from + 1));
  const whole = parse(head + decode(bytes.subarray(to)), null);
  const elements = listAt(whole, key);
  let [at, before] = [from + 1, head.length];
  for (const cut of [...cuts, to]) {
    yield;
    const part = decode(bytes.subarray(at, cut));
    const parsed = parse(`[${part}]`, before - 1);
    // Nothing after a comma.
    if (!Array.isArray(parsed) || parsed.length === 0) throw invalid(` at position ${before + part.length}`);
    for (const element of parsed) elements.push(element);
    at = cut + 1;
    before += part.length + 1;
  }
  return whole;
}

function listAt(whole: unknown, key: string): unknown[] {
  const list: unknown = typeof whole === 'object' && whole !== null ? Reflect.get(whole, key) : undefined;
  if (!Array.isArray(list)) throw new Error('the list that was found in a body is not there');
  return list;
}

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', UTF8).decode(bytes);
  } catch (cause) {
    throw new ProblemError('invalid_json', 'The body is not valid UTF-8.', { cause });
  }
}

/** @param before characters of the body before this text; `null`: it does not stand together in the body */
function parse(text: string, before: number | null): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw invalid(before === null ? '' : whereOf(cause, before), cause);
  }
}

function invalid(where: string, cause?: unknown): ProblemError {
  return new ProblemError('invalid_json', `The body cannot be parsed${where}.`, { cause });
}

/** The place from V8's message; the rest of it would repeat what was sent. */
function whereOf(error: unknown, before: number): string {
  const [, position] = /\bat position (\d+)/.exec(error instanceof Error ? error.message : '') ?? [];
  return position === undefined ? '' : ` at position ${before + Number(position)}`;
}
