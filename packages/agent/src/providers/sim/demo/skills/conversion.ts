import type { Expression } from '../expression.ts';
import { binary, number } from '../expression.ts';
import { inDigits, inFigures } from '../numerals.ts';
import type { Skill } from '../skill.ts';
import { asked } from '../wording.ts';
import { calculate } from './arithmetic.ts';

type Unit = { names: RegExp; plural: string; of: string; factor: number };

/** Factors to metre, kilogram, litre, second and byte. The pound, inch and mile are exact (1959 agreement). */
const UNITS: readonly Unit[] = [
  { of: 'length', factor: 1_000, plural: 'kilometres', names: /^(?:km|kms|kilomet(?:er|re)s?)$/ },
  { of: 'length', factor: 1, plural: 'metres', names: /^(?:m|met(?:er|re)s?)$/ },
  { of: 'length', factor: 0.01, plural: 'centimetres', names: /^(?:cm|centimet(?:er|re)s?)$/ },
  { of: 'length', factor: 0.001, plural: 'millimetres', names: /^(?:mm|millimet(?:er|re)s?)$/ },
  { of: 'length', factor: 1_609.344, plural: 'miles', names: /^(?:mi|miles?)$/ },
  { of: 'length', factor: 0.9144, plural: 'yards', names: /^(?:yd|yds|yards?)$/ },
  { of: 'length', factor: 0.3048, plural: 'feet', names: /^(?:ft|feet|foot)$/ },
  { of: 'length', factor: 0.0254, plural: 'inches', names: /^(?:in|inch|inches)$/ },
  { of: 'mass', factor: 1, plural: 'kilograms', names: /^(?:kg|kgs|kilos?|kilogram(?:me)?s?)$/ },
  { of: 'mass', factor: 0.001, plural: 'grams', names: /^(?:g|gram(?:me)?s?)$/ },
  { of: 'mass', factor: 0.45359237, plural: 'pounds', names: /^(?:lb|lbs|pounds?)$/ },
  { of: 'mass', factor: 0.028349523125, plural: 'ounces', names: /^(?:oz|ounces?)$/ },
  { of: 'volume', factor: 1, plural: 'litres', names: /^(?:l|lit(?:er|re)s?)$/ },
  { of: 'volume', factor: 0.001, plural: 'millilitres', names: /^(?:ml|millilit(?:er|re)s?)$/ },
  { of: 'volume', factor: 3.785411784, plural: 'US gallons', names: /^(?:us )?gallons?$/ },
  { of: 'time', factor: 604_800, plural: 'weeks', names: /^weeks?$/ },
  { of: 'time', factor: 86_400, plural: 'days', names: /^days?$/ },
  { of: 'time', factor: 3_600, plural: 'hours', names: /^(?:h|hours?)$/ },
  { of: 'time', factor: 60, plural: 'minutes', names: /^(?:min|mins|minutes?)$/ },
  { of: 'time', factor: 1, plural: 'seconds', names: /^(?:s|secs?|seconds?)$/ },
  { of: 'data', factor: 1, plural: 'bytes', names: /^bytes?$/ },
  { of: 'data', factor: 1_024, plural: 'KiB', names: /^kib$/ },
  { of: 'data', factor: 1_048_576, plural: 'MiB', names: /^mib$/ },
  { of: 'data', factor: 1_073_741_824, plural: 'GiB', names: /^gib$/ },
  { of: 'data', factor: 1_000, plural: 'kB', names: /^(?:kb|kilobytes?)$/ },
  { of: 'data', factor: 1_000_000, plural: 'MB', names: /^(?:mb|megabytes?)$/ },
  { of: 'data', factor: 1_000_000_000, plural: 'GB', names: /^(?:gb|gigabytes?)$/ },
];
const WORDINGS: readonly [RegExp, 'from_first' | 'to_first'][] = [
  [/^(?:convert )?(-?[\d.,]+|an?) ?(°?[a-z ]+?) (?:to|in|into|as|is how many) (?:degrees )?(°?[a-z ]+)$/, 'from_first'],
  [/^how many ([a-z ]+?) (?:are |is )?(?:there )?(?:in|make(?: up)?) (-?[\d.,]+|an?|one) ?([a-z ]+)$/, 'to_first'],
];
const CELSIUS = /^(?:degrees )?(?:°?c|celsius|centigrade)$/;
const FAHRENHEIT = /^(?:degrees )?(?:°?f|fahrenheit)$/;

/** Lengths, masses, volumes, times, sizes and temperatures: `100 km in miles`, `72°F to Celsius`. */
export const conversion: Skill = {
  name: 'conversion',
  recognise(task) {
    const text = inDigits(asked(task).toLowerCase()).replace(/(\d)\s?°\s?/, '$1 °');
    for (const [wording, order] of WORDINGS) {
      const [, first = '', second = '', third = ''] = wording.exec(text) ?? [];
      const [amount, from, to] = order === 'from_first' ? [first, second, third] : [second, third, first];
      const size = /^an?$/.test(amount) ? 1 : Number(amount.replace(/,(?=\d{3})/g, ''));
      if (amount === '' || !Number.isFinite(size)) continue;
      const found = temperature(size, from, to) ?? scaled(size, from, to);
      if (found) return [calculate(found.expression, (result) => `${found.before} is ${result}${found.after}.`)];
    }
    return null;
  },
};

type Conversion = { expression: Expression; before: string; after: string };

function temperature(size: number, from: string, to: string): Conversion | null {
  if (CELSIUS.test(from) && FAHRENHEIT.test(to)) {
    const expression = binary('+', binary('/', binary('*', number(size), number(9)), number(5)), number(32));
    return { expression, before: `${size} °C`, after: ' °F' };
  }
  if (FAHRENHEIT.test(from) && CELSIUS.test(to)) {
    const expression = binary('/', binary('*', binary('-', number(size), number(32)), number(5)), number(9));
    return { expression, before: `${size} °F`, after: ' °C' };
  }
  return null;
}

function scaled(size: number, from: string, to: string): Conversion | null {
  const source = UNITS.find(({ names }) => names.test(from.trim()));
  const target = UNITS.find(({ names }) => names.test(to.trim()));
  if (!source || !target || source.of !== target.of || source === target) return null;
  const inBase =
    source.factor === 1 || size === 1 ? number(size * source.factor) : binary('*', number(size), number(source.factor));
  const expression = target.factor === 1 ? inBase : binary('/', inBase, number(target.factor));
  const unitName = size === 1 ? from.trim() : source.plural;
  return {
    expression: expression.kind === 'number' ? binary('*', number(size), number(1)) : expression,
    before: `${inFigures(String(size))} ${unitName}`,
    after: ` ${target.plural}`,
  };
}
