import type { Quantity } from './quantity.ts';
import { CalculationError, fraction, isFraction, isPowerInReach, real, toFraction, toNumber } from './quantity.ts';

export function add(a: Quantity, b: Quantity): Quantity {
  if (!isFraction(a) || !isFraction(b)) return real(toNumber(a) + toNumber(b));
  return fraction(a.numerator * b.denominator + b.numerator * a.denominator, a.denominator * b.denominator);
}

export function negate(a: Quantity): Quantity {
  return isFraction(a) ? { ...a, numerator: -a.numerator } : -a;
}

export function multiply(a: Quantity, b: Quantity): Quantity {
  if (!isFraction(a) || !isFraction(b)) return real(toNumber(a) * toNumber(b));
  return fraction(a.numerator * b.numerator, a.denominator * b.denominator);
}

export function divide(a: Quantity, b: Quantity): Quantity {
  if (isZero(b)) throw new CalculationError('division by zero');
  if (!isFraction(a) || !isFraction(b)) return real(toNumber(a) / toNumber(b));
  return fraction(a.numerator * b.denominator, a.denominator * b.numerator);
}

/** What is left of `a` after dividing by `b`, with the sign of `a`. */
export function remainder(a: Quantity, b: Quantity): Quantity {
  if (isZero(b)) throw new CalculationError('division by zero');
  if (!isFraction(a) || !isFraction(b)) return real(toNumber(a) % toNumber(b));
  const left = a.numerator * b.denominator;
  const right = b.numerator * a.denominator;
  return fraction(left % right, a.denominator * b.denominator);
}

export function power(base: Quantity, exponent: Quantity): Quantity {
  if (!isFraction(base) || !isFraction(exponent) || exponent.denominator !== 1n) {
    return real(toNumber(base) ** toNumber(exponent));
  }
  const { numerator: times } = exponent;
  if (isZero(base) && times < 0n) throw new CalculationError('division by zero');
  if (isZero(base) || base.numerator === base.denominator) return times === 0n ? fraction(1n) : base;
  if (!isPowerInReach(base, times)) return real(toNumber(base) ** Number(times));
  const size = times < 0n ? -times : times;
  const [over, under] = [base.numerator ** size, base.denominator ** size];
  return times < 0n ? fraction(under, over) : fraction(over, under);
}

export function compare(a: Quantity, b: Quantity): number {
  if (!isFraction(a) || !isFraction(b)) return Math.sign(toNumber(a) - toNumber(b));
  const difference = a.numerator * b.denominator - b.numerator * a.denominator;
  if (difference === 0n) return 0;
  return difference < 0n ? -1 : 1;
}

export function floor(a: Quantity): Quantity {
  const { numerator, denominator } = toFraction(a);
  const whole = numerator / denominator;
  return fraction(numerator % denominator < 0n ? whole - 1n : whole);
}

/** To so many decimal places, halves away from zero, as people round. */
export function round(a: Quantity, places: Quantity = fraction(0n)): Quantity {
  if (!isFraction(places) || places.denominator !== 1n || Math.abs(toNumber(places)) > 100) {
    throw new CalculationError('round: the number of places must be a whole number from -100 to 100');
  }
  const scale = power(fraction(10n), places);
  const scaled = multiply(compare(a, fraction(0n)) < 0 ? negate(toFraction(a)) : toFraction(a), scale);
  const rounded = divide(floor(add(scaled, fraction(1n, 2n))), scale);
  return compare(a, fraction(0n)) < 0 ? negate(rounded) : rounded;
}

function isZero(a: Quantity): boolean {
  return isFraction(a) ? a.numerator === 0n : a === 0;
}
