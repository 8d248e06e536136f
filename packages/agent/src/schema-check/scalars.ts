import { z } from 'zod';
import type { Fields } from './kinds.ts';
import type { Check } from './pass.ts';

/** The keywords of numbers but `multipleOf`, and what a number has to be by them. */
const BOUNDS: readonly (readonly [string, string, (value: number, bound: number) => boolean])[] = [
  ['minimum', '>=', (value, bound) => value >= bound],
  ['maximum', '<=', (value, bound) => value <= bound],
  ['exclusiveMinimum', '>', (value, bound) => value > bound],
  ['exclusiveMaximum', '<', (value, bound) => value < bound],
];

export function numberChecks(schema: Fields): Check[] {
  return BOUNDS.flatMap(([keyword, sign, isWithin]): Check[] => {
    const bound = schema[keyword];
    if (typeof bound !== 'number') return [];
    return [
      (value, pass) =>
        typeof value !== 'number' ||
        isWithin(value, bound) ||
        pass.tell(`Out of bounds: expected number to be ${sign}${bound}`),
    ];
  });
}

/** How long a text or a list may be. */
export function lengthChecks(schema: Fields): Check[] {
  return [
    ...sizeChecks({
      least: schema['minLength'],
      most: schema['maxLength'],
      sizeOf: (value) => (typeof value === 'string' ? value.length : null),
      of: 'characters',
    }),
    ...sizeChecks({
      least: schema['minItems'],
      most: schema['maxItems'],
      sizeOf: (value) => (Array.isArray(value) ? value.length : null),
      of: 'elements',
    }),
  ];
}

type Size = { least: unknown; most: unknown; sizeOf: (value: unknown) => number | null; of: string };

function sizeChecks({ least, most, sizeOf, of }: Size): Check[] {
  const check =
    (isWithin: (size: number) => boolean, said: string): Check =>
    (value, pass) => {
      const size = sizeOf(value);
      return size === null || isWithin(size) || pass.tell(`Invalid size: expected ${said} ${of}, received ${size}`);
    };
  return [
    ...(typeof least === 'number' ? [check((size) => size >= least, `at least ${least}`)] : []),
    ...(typeof most === 'number' ? [check((size) => size <= most, `at most ${most}`)] : []),
  ];
}

/** Of a text, which is read from its beginning to its end for each format that it may have. */
const CHARS_A_COMPARISON = 64;

/**
 * `format` and `multipleOf`, whose meaning is not plain: as zod has them. Only for schemas whose keywords were judged when
 * they were accepted.
 */
export function judgedChecks({ format, multipleOf }: Fields): Check[] {
  return [
    ...(typeof format === 'string' ? [formatCheck(format)] : []),
    ...(typeof multipleOf === 'number' ? [multipleCheck(multipleOf)] : []),
  ];
}

function formatCheck(format: string): Check {
  const schema = z.fromJSONSchema({ type: 'string', format });
  return (value, pass) => {
    if (typeof value !== 'string') return true;
    pass.spend(Math.ceil(value.length / CHARS_A_COMPARISON));
    return schema.safeParse(value).success || pass.tell(`Invalid ${format}`);
  };
}

function multipleCheck(of: number): Check {
  const schema = z.number().multipleOf(of);
  return (value, pass) =>
    typeof value !== 'number' ||
    schema.safeParse(value).success ||
    pass.tell(`Invalid number: must be a multiple of ${of}`);
}
