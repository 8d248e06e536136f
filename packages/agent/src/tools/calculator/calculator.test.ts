import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { calculator } from './calculator.ts';
import { evaluate } from './evaluate.ts';
import { CalculationError, formatQuantity, toNumber } from './quantity.ts';

const calculate = (expression: string) => formatQuantity(evaluate(expression));

function calculateOrRefuse(expression: string): string {
  try {
    return calculate(expression);
  } catch (error) {
    if (error instanceof CalculationError) return 'refused';
    throw error;
  }
}

describe('the calculator', () => {
  test.each([
    ['0.1 + 0.2', '0.3'],
    ['1/3 + 1/3 + 1/3', '1'],
    ['100 * 1.1', '110'],
    ['999999999999.99 * 12', '11999999999999.88'],
    ['123456789012345678901234567890 * 10', '1234567890123456789012345678900'],
    ['2^100', '1267650600228229401496703205376'],
    ['2**10', '1024'],
    ['1/3', '0.33333333333333333333'],
    ['1e-30', '1e-30'],
    ['1e-4000', '1e-4000'],
  ])('works out %s exactly', (expression, expected) => {
    expect(calculate(expression)).toBe(expected);
  });

  test.each([
    ['1 + 2 * 3', '7'],
    ['(1 + 2) * 3', '9'],
    ['-2^2', '-4'],
    ['2^3^2', '512'],
    ['2^-3', '0.125'],
    ['7 - 2 - 1', '4'],
    ['8 / 2 / 2', '2'],
    ['-7 % 3', '-1'],
    ['3 × 4 − 1', '11'],
    ['0^0', '1'],
    ['(-1)^99999999', '-1'],
  ])('follows the usual order in %s', (expression, expected) => {
    expect(calculate(expression)).toBe(expected);
  });

  test.each([
    ['sqrt(16)', '4'],
    ['round(2.675, 2)', '2.68'],
    ['round(-2.5)', '-3'],
    ['floor(-1.5)', '-2'],
    ['ceil(1.2)', '2'],
    ['max(1, 2.5, 2)', '2.5'],
    ['min(3, 1/4)', '0.25'],
    ['log(1000)', '3'],
    ['ln(e)', '1'],
    ['cos(0) + PI', '4.14159265358979'],
  ])('knows %s', (expression, expected) => {
    expect(calculate(expression)).toBe(expected);
  });

  test.each([
    ['1 / 0', 'division by zero'],
    ['0 ^ -1', 'division by zero'],
    ['sqrt(-1)', 'sqrt: the square root of a negative number is not a real number'],
    ['log(0)', 'log: only positive numbers have a logarithm'],
    ['9^9^9', 'the result is too large'],
    ['9^9999', 'the result has more than 5,000 digits'],
    ['(1 + 2', 'expected ")" at position 7, but the expression ends'],
    ['2 (3)', 'expected an operator at position 3, but found "("'],
    ['1,000 + 1', 'expected an operator at position 2, but found ","'],
    ['5 $ 3', 'unexpected "$" at position 3'],
    ['round(1, 2, 3)', 'round takes 1 to 2 arguments, but was given 3'],
    [' ', 'expected a number at position 2, but the expression ends'],
  ])('refuses %s with what is wrong', (expression, message) => {
    expect(() => evaluate(expression)).toThrow(new CalculationError(message));
  });

  test('names what it knows when it meets a name it does not', () => {
    expect(() => evaluate('process(1)')).toThrow(/unknown name "process"; known are pi, e, tau, abs/);
    expect(() => evaluate('constructor(1)')).toThrow(/unknown name "constructor"/);
  });

  test.each(['('.repeat(1_000), '-'.repeat(1_999), `1${'^1'.repeat(900)}`])(
    'refuses nesting without end',
    (expression) => {
      expect(() => evaluate(expression)).toThrow(/nested deeper than 100 levels/);
    },
  );

  test('either answers or refuses with a reason, whatever it is given', () => {
    const pieces = fc.constantFrom(
      '1',
      '2.5',
      '9',
      '+',
      '-',
      '*',
      '/',
      '%',
      '^',
      '(',
      ')',
      ',',
      'sqrt',
      'max',
      'pi',
      '1e9',
      ' ',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 30 }), (parts) => {
        expect(calculateOrRefuse(parts.join(''))).toMatch(/^(refused|-?[\d.]+(e[+-]\d+)?)$/);
      }),
      { numRuns: 500 },
    );
  });

  test('agrees with floating point on sums of small numbers', () => {
    const small = fc.integer({ min: -999, max: 999 });
    fc.assert(
      fc.property(small, small, small, (a, b, c) => {
        const expected = (a + b) * c - a / 7;
        expect(toNumber(evaluate(`(${a} + ${b}) * ${c} - ${a} / 7`))).toBeCloseTo(expected, 6);
      }),
    );
  });

  test('refuses arguments of another shape', () => {
    expect(calculator.check({ expression: 5 })).toMatch(/expected string/);
    expect(calculator.check({ expression: '1', more: 1 })).toMatch(/more/);
    expect(calculator.check({ expression: '1' })).toBeNull();
  });
});
