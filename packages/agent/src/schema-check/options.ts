import { isDeepStrictEqual } from 'node:util';
import { createKinds, type Fields, isFields, kindOf } from './kinds.ts';
import type { Check, Rule } from './pass.ts';

const SHOWN_OPTIONS = 20;
const SHOWN_CHARS = 500;
/** What an alternative may hold that is nothing but a list of values. */
const PLAIN_KEYWORDS = new Set(['const', 'enum', 'type', 'title', 'description']);

/** The keywords `enum` and `const`. Plain values are looked up, however many there are. */
export function optionChecks(schema: Fields): Check[] {
  const lists = [
    ...(Array.isArray(schema['enum']) ? [schema['enum']] : []),
    ...(schema['const'] === undefined ? [] : [[schema['const']]]),
  ];
  return lists.map((options) => createOptions(options).check);
}

/**
 * The values that an alternative allows, where it is nothing but a list of them; otherwise null. As many alternatives with
 * one value each are as many comparisons for each element of an array; one list of them is one.
 */
export function plainOptions(alternative: unknown): readonly unknown[] | null {
  if (!isFields(alternative) || !Object.keys(alternative).every((key) => PLAIN_KEYWORDS.has(key))) return null;
  const { const: only, enum: listed } = alternative;
  if (only === undefined && !Array.isArray(listed)) return null;
  const options: readonly unknown[] = Array.isArray(listed) ? listed : [only];
  const { admits } = createKinds(alternative);
  return options.filter((option) => admits(option) && (only === undefined || isDeepStrictEqual(option, only)));
}

/** A value has to be one of these. */
export function createOptions(options: readonly unknown[]): Rule {
  const kinds = new Set(options.map(kindOf));
  const plain = new Set(options.filter((option) => !isContainer(option)));
  const containers = options.filter(isContainer);
  const weight = containers.length > 0 ? JSON.stringify(containers).length : 0;
  const shown = options.slice(0, SHOWN_OPTIONS).map((option) => JSON.stringify(option));
  if (options.length > SHOWN_OPTIONS) shown.push('…');
  const problem = `Invalid option: expected one of ${shown.join('|').slice(0, SHOWN_CHARS)}`;
  return {
    admits: (value) => kinds.has(kindOf(value)),
    check(value, pass) {
      if (!isContainer(value)) return plain.has(value) || pass.tell(problem);
      pass.spend(weight);
      return containers.some((option) => isDeepStrictEqual(option, value)) || pass.tell(problem);
    },
  };
}

function isContainer(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}
