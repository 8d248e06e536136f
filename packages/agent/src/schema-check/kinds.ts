import type { Pass } from './pass.ts';

/** A JSON object whose fields nobody has judged. */
export type Fields = Readonly<Record<string, unknown>>;

/** The kinds of JSON values by the names that JSON Schema has for them. */
const KINDS = new Map<unknown, (value: unknown) => boolean>([
  ['object', isFields],
  ['array', Array.isArray],
  ['string', (value) => typeof value === 'string'],
  ['number', (value) => typeof value === 'number'],
  ['integer', Number.isInteger],
  ['boolean', (value) => typeof value === 'boolean'],
  ['null', (value) => value === null],
]);

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

type Kinds = { admits(value: unknown): boolean; tell(value: unknown, pass: Pass): false };

/** The keyword `type`. One that is none of JSON Schema's lets everything through. */
export function createKinds({ type }: Fields): Kinds {
  const names = type === undefined ? [] : [...new Set([type].flat())];
  const tests = names.flatMap((name) => KINDS.get(name) ?? []);
  const isOpen = tests.length === 0 || tests.length < names.length;
  return {
    admits: (value) => isOpen || tests.some((test) => test(value)),
    tell: (value, pass) =>
      pass.tell(`Invalid input: expected ${names.map(String).join(' or ')}, received ${kindOf(value)}`),
  };
}
