import { add, divide, multiply, negate, power, remainder } from './arithmetic.ts';
import { CONSTANTS, FUNCTIONS } from './functions.ts';
import type { Quantity } from './quantity.ts';
import { CalculationError, fraction } from './quantity.ts';
import type { Token } from './tokens.ts';
import { tokenize } from './tokens.ts';

/** Far deeper than a sum is ever written, far shallower than the stack. */
const MAX_DEPTH = 100;
const MAX_EXPONENT = 5_000;

/**
 * Works out an arithmetic expression, by recursive descent:
 * ```
 *   sum     = product (('+' | '-') product)*
 *   product = signed (('*' | '/' | '%') signed)*
 *   signed  = ('-' | '+') signed | power
 *   power   = atom ('^' signed)?            so -2^2 is -4, and 2^3^2 is 2^9
 *   atom    = number | constant | function '(' sum (',' sum)* ')' | '(' sum ')'
 * ```
 * @throws {CalculationError} saying what is wrong, and at which position
 */
export function evaluate(source: string): Quantity {
  const tokens = tokenize(source);
  let next = 0;
  let depth = 0;

  const peek = (): Token => tokens[next] ?? { type: 'end', text: '', position: source.length + 1 };

  function take(symbols: string): string | null {
    const { type, text } = peek();
    if (type !== 'symbol' || !symbols.includes(text)) return null;
    next += 1;
    return text;
  }

  function expect(symbol: string): void {
    if (!take(symbol)) throw unexpected(`expected ${JSON.stringify(symbol)}`);
  }

  function unexpected(wanted: string): CalculationError {
    const { type, text, position } = peek();
    const found = type === 'end' ? 'the expression ends' : `found ${JSON.stringify(text)}`;
    return new CalculationError(`${wanted} at position ${position}, but ${found}`);
  }

  function sum(): Quantity {
    let value = product();
    for (let operator = take('+-'); operator; operator = take('+-')) {
      const right = product();
      value = add(value, operator === '+' ? right : negate(right));
    }
    return value;
  }

  function product(): Quantity {
    let value = signed();
    for (let operator = take('*/%'); operator; operator = take('*/%')) {
      const apply = { '*': multiply, '/': divide }[operator] ?? remainder;
      value = apply(value, signed());
    }
    return value;
  }

  function signed(): Quantity {
    depth += 1;
    if (depth > MAX_DEPTH) throw new CalculationError(`the expression is nested deeper than ${MAX_DEPTH} levels`);
    const sign = take('+-');
    const value = sign ? signed() : raised();
    depth -= 1;
    return sign === '-' ? negate(value) : value;
  }

  function raised(): Quantity {
    const base = atom();
    return take('^') ? power(base, signed()) : base;
  }

  function atom(): Quantity {
    const { type, text } = peek();
    if (type === 'number') {
      next += 1;
      return readNumber(text);
    }
    if (type === 'name') {
      next += 1;
      return named(text.toLowerCase());
    }
    if (!take('(')) throw unexpected('expected a number');
    const value = sum();
    expect(')');
    return value;
  }

  function named(name: string): Quantity {
    const constant = CONSTANTS.get(name);
    if (constant !== undefined) return constant;
    const known = FUNCTIONS.get(name);
    if (!known) throw new CalculationError(`unknown name ${JSON.stringify(name)}; known are ${knownNames()}`);
    expect('(');
    const args = [sum()];
    while (take(',')) args.push(sum());
    expect(')');
    if (args.length < known.min || args.length > known.max) {
      const count = known.min === known.max ? `${known.min}` : `${known.min} to ${known.max}`;
      throw new CalculationError(`${name} takes ${count} arguments, but was given ${args.length}`);
    }
    return known.apply(args);
  }

  const value = sum();
  if (peek().type !== 'end') throw unexpected('expected an operator');
  return value;
}

function knownNames(): string {
  return [...CONSTANTS.keys(), ...FUNCTIONS.keys()].join(', ');
}

function readNumber(text: string): Quantity {
  const [digits = '', exponentText = '0'] = text.toLowerCase().split('e');
  const [whole = '', decimals = ''] = digits.split('.');
  const exponent = Number(exponentText) - decimals.length;
  if (Math.abs(exponent) > MAX_EXPONENT) throw new CalculationError(`the number ${text} is out of range`);
  const size = BigInt(whole + decimals);
  return exponent >= 0 ? fraction(size * 10n ** BigInt(exponent)) : fraction(size, 10n ** BigInt(-exponent));
}
