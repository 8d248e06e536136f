import { types } from 'node:util';
import { isSecretField, isSecretName } from '../redaction/secret-names.ts';
import { REDACTED } from '../redaction/secret-patterns.ts';
import { errorParts } from './error-parts.ts';

/** What a log line may hold. */
export type PlainValue =
  | string
  | number
  | boolean
  | null
  | readonly PlainValue[]
  | { readonly [key: string]: PlainValue };
export type PlainObject = { readonly [key: string]: PlainValue };

const DEPTH_MAX = 8;
const ENTRIES_MAX = 64;
/** Of one whole line: a few kilobytes are a fact, a megabyte is a memory problem downstream. */
const VALUES_MAX = 512;
const CHARS_MAX = 32_768;

/**
 * Any value as plain data without secrets, bounded in depth, breadth and size. Nothing of the value's own is called
 * but its getters, and what they throw is swallowed: a log line must not break what it reports on.
 */
export function toPlainObject(subject: object, redact: (text: string) => string): PlainObject {
  let valuesLeft = VALUES_MAX;
  let charsLeft = CHARS_MAX;
  const above = new Set<object>();

  function text(raw: string): string {
    if (charsLeft <= 0) return '[cut]';
    const clean = redact(raw);
    const kept = clean.length > charsLeft ? `${clean.slice(0, charsLeft)}… [cut]` : clean;
    charsLeft -= kept.length;
    return kept;
  }

  function plain(raw: unknown): PlainValue {
    valuesLeft -= 1;
    if (valuesLeft < 0) return '[cut]';
    switch (typeof raw) {
      case 'string':
        return text(raw);
      case 'number':
        return Number.isFinite(raw) ? raw : String(raw);
      case 'boolean':
        return raw;
      case 'bigint':
        return text(raw.toString());
      case 'undefined':
        return null;
      case 'symbol':
        return text(raw.toString());
      case 'function':
        return '[function]';
      case 'object':
        return raw === null ? null : inner(raw);
    }
  }

  function inner(raw: object): PlainValue {
    if (above.has(raw)) return '[circular]';
    if (above.size >= DEPTH_MAX) return '[deep]';
    above.add(raw);
    try {
      return composite(raw);
    } catch {
      return '[unreadable]';
    } finally {
      above.delete(raw);
    }
  }

  function composite(raw: object): PlainValue {
    if (raw instanceof Error) return entries(errorParts(raw));
    if (raw instanceof Date) return Number.isNaN(raw.getTime()) ? 'Invalid Date' : raw.toISOString();
    if (raw instanceof URL) return text(raw.href);
    if (ArrayBuffer.isView(raw) || types.isAnyArrayBuffer(raw)) return `[${raw.byteLength} bytes]`;
    if (Array.isArray(raw)) return list(raw);
    if (raw instanceof Set) return list([...take(raw.values())]);
    if (raw instanceof Map || raw instanceof Headers || raw instanceof URLSearchParams) {
      return entries([...take<[unknown, unknown]>(raw.entries())].map(([key, value]) => [String(key), () => value]));
    }
    if (types.isPromise(raw)) return '[promise]';
    const keys = Object.keys(raw);
    const object = entries(keys.slice(0, ENTRIES_MAX).map((key) => [key, (): unknown => Reflect.get(raw, key)]));
    return keys.length > ENTRIES_MAX ? { ...object, '…': `[${keys.length - ENTRIES_MAX} more]` } : object;
  }

  function list(items: readonly unknown[]): PlainValue {
    const kept = items.slice(0, ENTRIES_MAX).map((item, at) => {
      const before = items[at - 1];
      // rawHeaders and header tuples put the name beside the value.
      return typeof before === 'string' && typeof item === 'string' && isSecretName(before) ? REDACTED : plain(item);
    });
    return items.length > ENTRIES_MAX ? [...kept, `[${items.length - ENTRIES_MAX} more]`] : kept;
  }

  function entries(pairs: readonly (readonly [string, () => unknown])[]): PlainObject {
    // A null prototype, so that an own key `__proto__` is data like any other.
    const object: Record<string, PlainValue> = { __proto__: null };
    for (const [key, read] of pairs) {
      let value: unknown;
      try {
        value = read();
      } catch {
        value = '[unreadable]';
      }
      if (value === undefined) continue;
      object[redact(key).slice(0, 200)] = isSecretField(key, value) ? REDACTED : plain(value);
    }
    return object;
  }

  const result = inner(subject);
  return isPlainObject(result) ? result : { value: result };
}

function isPlainObject(value: PlainValue): value is PlainObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function* take<T>(values: Iterable<T>): Generator<T> {
  let left = ENTRIES_MAX;
  for (const value of values) {
    if (left === 0) return;
    left -= 1;
    yield value;
  }
}
