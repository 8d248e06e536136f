import { compare, floor, negate, remainder, round } from './arithmetic.ts';
import type { Quantity } from './quantity.ts';
import { CalculationError, fraction, real, toNumber } from './quantity.ts';

type CalculatorFunction = { min: number; max: number; apply: (args: Quantity[]) => Quantity };

const ZERO = fraction(0n);

/** A function of floating point numbers; `real` turns what is undefined into an error. */
function onNumbers(count: number, apply: (...numbers: number[]) => number): CalculatorFunction {
  return { min: count, max: count, apply: (args) => real(apply(...args.map(toNumber))) };
}

function extreme(sign: 1 | -1): CalculatorFunction {
  const pick = (a: Quantity, b: Quantity) => (compare(b, a) * sign > 0 ? b : a);
  return { min: 1, max: 100, apply: (args) => args.reduce(pick) };
}

function onOne(apply: (a: Quantity) => Quantity): CalculatorFunction {
  return { min: 1, max: 1, apply: ([a = ZERO]) => apply(a) };
}

export const CONSTANTS: ReadonlyMap<string, number> = new Map([
  ['pi', Math.PI],
  ['e', Math.E],
  ['tau', 2 * Math.PI],
]);

export const FUNCTIONS: ReadonlyMap<string, CalculatorFunction> = new Map<string, CalculatorFunction>([
  ['abs', onOne((a) => (compare(a, ZERO) < 0 ? negate(a) : a))],
  ['floor', onOne(floor)],
  ['ceil', onOne((a) => negate(floor(negate(a))))],
  ['round', { min: 1, max: 2, apply: ([a = ZERO, places = ZERO]) => round(a, places) }],
  ['mod', { min: 2, max: 2, apply: ([a = ZERO, b = ZERO]) => remainder(a, b) }],
  ['min', extreme(-1)],
  ['max', extreme(1)],
  ['sqrt', onNumbers(1, squareRoot)],
  ['cbrt', onNumbers(1, Math.cbrt)],
  ['exp', onNumbers(1, Math.exp)],
  ['ln', onNumbers(1, (a) => logarithm('ln', Math.log, a))],
  ['log', onNumbers(1, (a) => logarithm('log', Math.log10, a))],
  ['log10', onNumbers(1, (a) => logarithm('log10', Math.log10, a))],
  ['log2', onNumbers(1, (a) => logarithm('log2', Math.log2, a))],
  ['sin', onNumbers(1, Math.sin)],
  ['cos', onNumbers(1, Math.cos)],
  ['tan', onNumbers(1, Math.tan)],
  ['asin', onNumbers(1, Math.asin)],
  ['acos', onNumbers(1, Math.acos)],
  ['atan', onNumbers(1, Math.atan)],
  ['atan2', onNumbers(2, Math.atan2)],
]);

function squareRoot(a: number): number {
  if (a < 0) throw new CalculationError('sqrt: the square root of a negative number is not a real number');
  return Math.sqrt(a);
}

function logarithm(name: string, apply: (a: number) => number, a: number): number {
  if (a <= 0) throw new CalculationError(`${name}: only positive numbers have a logarithm`);
  return apply(a);
}
