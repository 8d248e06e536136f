import { readArithmetic } from '../arithmetic-reader.ts';
import type { Expression } from '../expression.ts';
import { binary, number, percentOf, write } from '../expression.ts';
import { inFigures } from '../numerals.ts';
import type { Move, Skill } from '../skill.ts';
import { CALCULATOR, capitalise, JAVASCRIPT } from '../skill.ts';
import { asked } from '../wording.ts';

type Two = (a: Expression, b: Expression) => Expression | null;

const changeBy = (operator: '+' | '-', base: Expression, percent: Expression): Expression | null =>
  percent.kind === 'percent' ? percentOf(binary(operator, number(100), percent.of), base) : null;
const share = (percent: Expression, base: Expression): Expression | null =>
  percent.kind === 'percent' ? percentOf(percent.of, base) : null;

/** Orders to do something with two numbers, and what they come to. */
const ORDERS: readonly [RegExp, Two][] = [
  [/^add (.+) to (.+)$/i, (a, b) => changeBy('+', b, a) ?? binary('+', b, a)],
  [/^(?:subtract|take away|deduct) (.+) from (.+)$/i, (a, b) => changeBy('-', b, a) ?? binary('-', b, a)],
  [/^multiply (.+?) (?:by|and|with) (.+)$/i, (a, b) => binary('*', a, b)],
  [/^divide (.+?) by (.+)$/i, (a, b) => binary('/', a, b)],
  [/^(?:increase|raise) (.+?) by (.+)$/i, (a, b) => changeBy('+', a, b) ?? binary('+', a, b)],
  [/^(?:decrease|reduce|lower) (.+?) by (.+)$/i, (a, b) => changeBy('-', a, b) ?? binary('-', a, b)],
  [/^(.+?) off (?:of )?(.+)$/i, (a, b) => changeBy('-', b, a)],
  [/^(?:an? |the )?(.+?) (?:tip|tax|vat|interest|commission|discount) (?:on|of|for) (.+)$/i, share],
];
const ONE: readonly [RegExp, string][] = [
  [/^(?:add|sum)(?: up)?(?: the numbers)? (.+)$/i, 'sum of $1'],
  [/^multiply (.+)$/i, 'product of $1'],
  [/^average (.+)$/i, 'average of $1'],
  [/^square (?!root)(?:of )?(.+)$/i, '($1)^2'],
  [/^(?:the )?square of (.+)$/i, '($1)^2'],
  [/^cube (?!root)(.+)$/i, '($1)^3'],
  [/^(?:the )?cube of (.+)$/i, '($1)^3'],
  [/^halve (.+)$/i, '($1)/2'],
  [/^raise (.+)$/i, '$1'],
];
const VERB =
  /^(?:add|sum|subtract|take|deduct|multiply|divide|increase|raise|decrease|reduce|lower|average|square|cube|halve) (?!of)/i;
const NOUN = /^(?:sum|product|average|mean|difference|quotient|square|cube|square root|cube root) (?:of|between)\b/i;
/** A number to begin with, which the next task speaks of. */
const GIVEN = /^(?:take|start (?:with|from)|begin with|consider|given|think of)\b/i;
const NUMERIC =
  /\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|\w+ty|hundred|thousand|million)\b/i;
const PERCENTAGE = /^(?:what )?(?:percent(?:age)?|%) of (.+?) is (.+)$/i;
const PERCENTAGE_BACK = /^(.+?) (?:is|as) (?:what|an?) (?:percent(?:age)?|%) of (.+)$/i;
const ROUNDING =
  /,?\s+(?:(?:and )?round(?:ed)?(?: (?:it|off))?(?: to)?|to|with)(?: the nearest)? (?:(\d{1,2}|one|two|three|four) (?:decimals?|decimal places?|digits?|places?)|(?:whole (?:number)?|integer|cent))$/i;
const COUNTS: Record<string, number> = { one: 1, two: 2, three: 3, four: 4 };

/** Arithmetic in words and signs: `12.5% of 3,480 plus 7 squared`, `divide 100 by 7`, `(17+4)*3`. */
export const arithmetic: Skill = {
  name: 'arithmetic',
  recognise(task) {
    const text = asked(task).replace(
      /^(?:start (?:with|from)|begin with|consider|given|think of)(?: the number)? /i,
      '',
    );
    const rounding = ROUNDING.exec(text);
    const places = placesOf(rounding);
    const sum = rounding ? text.slice(0, rounding.index) : text;
    if (!NUMERIC.test(sum)) return null;

    const question = PERCENTAGE.exec(sum) ?? swapped(PERCENTAGE_BACK.exec(sum));
    const whole = question && readArithmetic(question[1] ?? '');
    const part = question && readArithmetic(question[2] ?? '');
    if (question && whole && part) {
      const percentage = binary('/', binary('*', part, number(100)), whole);
      return [calculate(percentage, (result) => `${question[2]} is ${result}% of ${question[1]}.`, places)];
    }
    const order = readOrder(sum);
    if (order) {
      return [calculate(order, (result) => (VERB.test(sum) ? equation(order, result) : sentence(sum, result)), places)];
    }
    const direct = readArithmetic(sum);
    if (direct?.kind === 'number' && GIVEN.test(task)) {
      return [{ text: `Starting from ${inFigures(direct.text)}:`, value: direct.text }];
    }
    if (!direct || direct.kind === 'number' || direct.kind === 'negate') return null;
    const isWords = /[a-z]{2}|%/i.test(sum.replace(/\b(?:sqrt|mod)\b/gi, ''));
    return [calculate(direct, (result) => (isWords ? sentence(sum, result) : equation(direct, result)), places)];
  },
};

function placesOf(rounding: RegExpExecArray | null): number | null {
  if (!rounding) return null;
  const count = rounding[1]?.toLowerCase();
  if (count === undefined) return rounding[0].endsWith('cent') ? 2 : 0;
  return COUNTS[count] ?? Number(count);
}

function swapped(match: RegExpExecArray | null): (string | undefined)[] | null {
  return match && [match[0], match[2], match[1]];
}

function readOrder(text: string): Expression | null {
  for (const [pattern, combine] of ORDERS) {
    const [, first, second] = pattern.exec(text) ?? [];
    const a = first === undefined ? null : readArithmetic(first);
    const b = second === undefined ? null : readArithmetic(second);
    const combined = a && b && combine(a, b);
    if (combined) return combined;
  }
  for (const [pattern, meaning] of ONE) {
    if (pattern.test(text)) {
      const found = readArithmetic(text.replace(pattern, meaning));
      if (found) return found;
    }
  }
  return null;
}

function sentence(words: string, result: string): string {
  return `${capitalise(NOUN.test(words) ? `the ${words}` : words)} is ${result}.`;
}

function equation(expression: Expression, result: string): string {
  return result.startsWith('about ')
    ? `${write(expression, 'calculator')} is ${result}.`
    : `${write(expression, 'calculator')} = ${result}.`;
}

/** Works an expression out and phrases the result. */
export function calculate(
  expression: Expression,
  phrase: (result: string) => string,
  places: number | null = null,
): Move {
  const read = (output: string) => {
    const value = /^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i.exec(output.trim())?.[0];
    if (value === undefined) return null;
    const shown = places === null ? value : Number(value).toFixed(Math.min(places, 20));
    return { text: phrase(inFigures(shown)), value: shown };
  };
  return {
    tool: CALCULATOR,
    input: { expression: write(expression, 'calculator') },
    read,
    otherwise: { tool: JAVASCRIPT, input: { code: write(expression, 'javascript') }, read },
  };
}
