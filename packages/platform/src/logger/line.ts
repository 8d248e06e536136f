import type { PlainObject, PlainValue } from './plain-value.ts';

/** One fact, ready to be written: no secret in it, nothing unbounded. */
export type Entry = {
  readonly at: string;
  readonly level: string;
  readonly service: string;
  readonly message: string;
  readonly fields: PlainObject;
};

const RESERVED = new Set(['at', 'level', 'service', 'message']);

/** C0, DEL and C1 controls, line and paragraph separators, bidirectional overrides: all that can forge or hide a line. */
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

function escape(text: string): string {
  return text.replace(UNPRINTABLE, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** One JSON object. JSON.stringify escapes C0 and lone surrogates; the rest is done here, and still valid JSON. */
export function jsonLine({ at, level, service, message, fields }: Entry): string {
  // A null prototype, so that a field `__proto__` is data like any other.
  const line: Record<string, PlainValue | undefined> = { __proto__: null, at, level, service, message };
  for (const key of Object.keys(fields)) line[RESERVED.has(key) ? `${key}_` : key] = fields[key];
  return escape(JSON.stringify(line));
}

/** One line for people; stacks follow on lines of their own, each behind a bar that no message can draw. */
export function prettyLine({ at, level, service, message, fields }: Entry): string {
  const stacks: string[] = [];
  const pairs = Object.entries(fields).map(([key, value]) => `${escape(key)}=${brief(value, stacks)}`);
  const head = [at.slice(11, 23), level.padEnd(5), service, escape(message), ...pairs].join(' ');
  return [head, ...stacks.flatMap((stack) => stack.split(/\r?\n/)).map((line) => `    | ${escape(line)}`)].join('\n');
}

function brief(value: PlainValue, stacks: string[]): string {
  if (typeof value === 'string') return /^[\w.:/+-]+$/.test(value) ? value : escape(JSON.stringify(value));
  if (typeof value !== 'object' || value === null) return String(value);
  if (isStacked(value)) {
    for (let error: PlainValue | undefined = value; isStacked(error); error = error['cause']) {
      stacks.push(stacks.length === 0 ? error.stack : `caused by ${error.stack}`);
    }
    return escape(JSON.stringify(`${scalar(value['name'])}: ${scalar(value['message'])}`));
  }
  return escape(JSON.stringify(value));
}

function scalar(value: PlainValue | undefined): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? null);
}

function isStacked(value: PlainValue | undefined): value is PlainObject & { readonly stack: string } {
  return typeof value === 'object' && value !== null && 'stack' in value && typeof value.stack === 'string';
}
