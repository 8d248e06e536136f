import type { RequestCode } from '@flotilla/core';
import { toJsonPointer } from '../http/json-pointer.ts';
import type { FieldError } from '../problem.ts';
import type { Steps } from './slices.ts';

export type ScanLimits = { maxDepth: number; maxKeys: number };
export type ScanFault = FieldError & { code: RequestCode };

/**
 * A list in the object that a body is, long enough to be parsed in parts: its key, the places of its brackets, and those of
 * the commas to cut it at. Only where the body is well-formed are they what they seem.
 */
export type LongList = { key: string; from: number; cuts: number[]; to: number };

/** `fault`: the first thing that is wrong. `list`: the first long one. */
export type Scanned = { fault: ScanFault | null; list: LongList | null };

/** What is looked over in one step, and the least that is parsed in one: less than a millisecond, mostly. */
const STEP_BYTES = 65_536;

/** Harmless to `JSON.parse`, and a way into prototypes for whatever merges or spreads the result later. */
const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype']);

const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** An object or array that is open at the cursor. `at` is the key or index the cursor is under. */
type Frame = { keys: Set<string> | null; at: string | number };

/**
 * Looks a body over before `JSON.parse` sees it: `JSON.parse` takes a million levels of nesting and blocks the loop for
 * them, keeps the last of two equal keys without a word, and reads 1e400 as Infinity and 9007199254740993 as …992.
 * Grammar is not checked here. One pass over the bytes; all of JSON's own signs are ASCII, which in UTF-8 no other
 * character contains.
 */
export function* scanJson(bytes: Buffer, { maxDepth, maxKeys }: ScanLimits): Steps<Scanned> {
  const stack: Frame[] = [];
  const lists = createListFinder(stack);
  let keyCount = 0;
  let at = 0;

  const fault = (code: RequestCode, message: string): ScanFault => ({
    code,
    message,
    path: toJsonPointer(stack.map((frame) => frame.at)),
  });

  function enterKey(frame: Frame, from: number, to: number): ScanFault | null {
    const key = readString(bytes, from, to);
    frame.at = key;
    keyCount += 1;
    if (keyCount > maxKeys) return { code: 'body_too_many_keys', message: `more than ${maxKeys} keys`, path: '' };
    if (FORBIDDEN_KEYS.has(key)) return fault('forbidden_key', 'is not allowed as a key');
    if (frame.keys?.has(key)) return fault('invalid_request', 'is given twice');
    frame.keys?.add(key);
    return null;
  }

  function scanUntil(end: number): ScanFault | null {
    while (at < end) {
      const byte = bytes[at] ?? 0;
      const frame = stack.at(-1);
      let found: ScanFault | null = null;
      let next = at + 1;
      if (byte === QUOTE) {
        next = endOfString(bytes, at);
        if (frame?.keys && isFollowedByColon(bytes, next)) found = enterKey(frame, at, next);
      } else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
        if (stack.length === maxDepth) return fault('body_too_deep', `is nested more than ${maxDepth} levels deep`);
        stack.push(byte === OPEN_OBJECT ? { keys: new Set(), at: '' } : { keys: null, at: 0 });
        lists.opened(at);
      } else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
        lists.closing(at);
        stack.pop();
      } else if (byte === COMMA) {
        if (typeof frame?.at === 'number') frame.at += 1;
        lists.passed(at);
      } else if (byte === MINUS || isDigit(byte)) {
        next = endOfNumber(bytes, at);
        if (!isExact(Number(bytes.toString('latin1', at, next)))) {
          found = fault(
            'invalid_request',
            'is a number beyond 2^53, which JSON readers do not hold exactly (RFC 7493)',
          );
        }
      }
      if (found) return found;
      at = next;
    }
    return null;
  }

  for (;;) {
    const found = scanUntil(Math.min(at + STEP_BYTES, bytes.length));
    if (found) return { fault: found, list: null };
    if (at >= bytes.length) return { fault: null, list: lists.found() };
    yield;
  }
}

/** Finds the first long list; told of the brackets and commas that are outside of strings, while `stack` has those around. */
function createListFinder(stack: readonly Frame[]) {
  let list: LongList | null = null;
  let lastCut = 0;
  const isWithin = () => stack.length === 2 && list?.to === -1;
  return {
    opened(at: number): void {
      const [root, own] = stack;
      if (stack.length !== 2 || list !== null || !root?.keys || own?.keys !== null) return;
      list = { key: String(root.at), from: at, cuts: [], to: -1 };
      lastCut = at;
    },
    passed(at: number): void {
      if (!isWithin() || at - lastCut < STEP_BYTES) return;
      list?.cuts.push(at);
      lastCut = at;
    },
    closing(at: number): void {
      if (!isWithin() || list === null) return;
      list = list.cuts.length === 0 ? null : { ...list, to: at };
    },
    found: (): LongList | null => (list?.to === -1 ? null : list),
  };
}

/** `NaN`: not a number by the grammar, which is for the parser to say. */
function isExact(value: number): boolean {
  return Number.isNaN(value) || Math.abs(value) <= Number.MAX_SAFE_INTEGER;
}

function endOfString(bytes: Buffer, from: number): number {
  let at = from + 1;
  while (at < bytes.length && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  return Math.min(at + 1, bytes.length);
}

function endOfNumber(bytes: Buffer, from: number): number {
  let at = from + 1;
  while (at < bytes.length && isNumberByte(bytes[at] ?? 0)) at += 1;
  return at;
}

/** Digits, `+`, `-`, `.`, `e`, `E`. */
function isNumberByte(byte: number): boolean {
  return isDigit(byte) || byte === 0x2b || byte === MINUS || byte === 0x2e || byte === 0x65 || byte === 0x45;
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

function isFollowedByColon(bytes: Buffer, from: number): boolean {
  let at = from;
  while (bytes[at] === 0x20 || bytes[at] === 0x0a || bytes[at] === 0x0d || bytes[at] === 0x09) at += 1;
  return bytes[at] === COLON;
}

/** The text of a quoted key. Escapes count: `"__pro\u0074o__"` is `__proto__`. */
function readString(bytes: Buffer, from: number, to: number): string {
  const quoted = bytes.toString('utf8', from, to);
  if (!quoted.includes('\\')) return quoted.slice(1, -1);
  try {
    const text: unknown = JSON.parse(quoted);
    return typeof text === 'string' ? text : quoted;
  } catch {
    return quoted;
  }
}
