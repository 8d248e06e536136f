import { z } from 'zod';

/**
 * A variable read from text: `read` gives the value, or undefined where the text is not `expected`, which completes
 * the sentence "must be …". Surrounding blanks are forgiven: env files and CRs leave them behind.
 */
export function variable<T>(expected: string, read: (text: string) => T | undefined) {
  const error = `must be ${expected}`;
  return z.string({ error }).transform((text, context): T => {
    const value = read(text.trim());
    if (value !== undefined) return value;
    context.addIssue({ code: 'custom', message: error });
    return z.NEVER;
  });
}

function readInteger(text: string, { min, max }: { min: number; max: number }): number | undefined {
  // Number() alone takes '', '0x10' and '1e3'; parseInt takes '12abc'.
  if (!/^-?\d{1,16}$/.test(text)) return undefined;
  const value = Number(text);
  return Number.isSafeInteger(value) && value >= min && value <= max ? value : undefined;
}

/** A whole number within bounds, both included. */
export function integerVariable(bounds: { min: number; max: number }) {
  return variable(`a whole number from ${bounds.min} to ${bounds.max}`, (text) => readInteger(text, bounds));
}

/** A TCP port; 0 asks the system for a free one. */
export function portVariable() {
  return variable('a port from 0 to 65535', (text) => readInteger(text, { min: 0, max: 65_535 }));
}

/** Where a server listens. */
export function hostVariable() {
  return variable('a host name or address', (text) => (/^[\w.:-]+$/.test(text) ? text : undefined));
}

const TRUE = new Set(['true', '1', 'yes', 'on']);
const FALSE = new Set(['false', '0', 'no', 'off']);

/** `true`, `1`, `yes`, `on`, or `false`, `0`, `no`, `off`. */
export function booleanVariable() {
  return variable('true or false', (text) => {
    const word = text.toLowerCase();
    return TRUE.has(word) || (FALSE.has(word) ? false : undefined);
  });
}

/** One of a few words. */
export function choiceVariable<const Choice extends string>(choices: readonly Choice[]) {
  return variable(`one of ${choices.join(', ')}`, (text) => choices.find((choice) => choice === text));
}

/** A URL with one of these schemes, kept as text. */
export function urlVariable({ schemes }: { schemes: readonly string[] }) {
  return variable(`a URL that begins with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}`, (text) => {
    const begins = schemes.some((scheme) => text.toLowerCase().startsWith(`${scheme}://`));
    return begins && URL.canParse(text) ? text : undefined;
  });
}

/** Items separated by commas; blanks around them and empty items fall away, at least one must be left. */
export function listVariable({ item, expected }: { item: RegExp; expected: string }) {
  return variable(`a comma-separated list of ${expected}`, (text): readonly string[] | undefined => {
    const items = text
      .split(',')
      .map((one) => one.trim())
      .filter((one) => one !== '');
    return items.length > 0 && items.every((one) => item.test(one)) ? items : undefined;
  });
}

const UNIT_MS = new Map([
  ['ms', 1],
  ['s', 1_000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
]);

/** A duration such as `500ms`, `30s`, `5m`, `2h`, `7d`; a bare number is milliseconds. The value is milliseconds. */
export function durationMsVariable(bounds: DurationBounds) {
  return variable(`a duration such as 500ms, 30s or 5m, ${inWords(bounds)}`, (text) => readDuration(text, bounds));
}

/** Durations separated by commas, at least one. The values are milliseconds. */
export function durationsMsVariable(bounds: DurationBounds) {
  return variable(`durations such as 500ms,30s,5m, each ${inWords(bounds)}`, (text): readonly number[] | undefined => {
    const read = text.split(',').map((one) => readDuration(one.trim(), bounds));
    const durations = read.flatMap((ms) => ms ?? []);
    return durations.length === read.length ? durations : undefined;
  });
}

type DurationBounds = { minMs: number; maxMs: number };

function inWords({ minMs, maxMs }: DurationBounds): string {
  return `from ${minMs} ms to ${maxMs} ms`;
}

function readDuration(text: string, { minMs, maxMs }: DurationBounds): number | undefined {
  const [, amount, unit] = /^(\d{1,12})\s?(ms|s|m|h|d)?$/.exec(text) ?? [];
  const scale = UNIT_MS.get(unit ?? 'ms');
  if (amount === undefined || scale === undefined) return undefined;
  const value = Number(amount) * scale;
  return value >= minMs && value <= maxMs ? value : undefined;
}
