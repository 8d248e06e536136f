/**
 * A number as the calculator knows it: an exact fraction as long as the operations allow one (`denominator` > 0, in
 * lowest terms), else a floating point number. 0.1 + 0.2 is 3/10, and prints as 0.3.
 */
export type Fraction = { numerator: bigint; denominator: bigint };
export type Quantity = Fraction | number;

/** The sum cannot be done; the message says why, for the model to mend it. */
export class CalculationError extends Error {
  override readonly name = 'CalculationError';
}

/** About 5,000 digits: more than anyone reads, and reached in microseconds. */
const MAX_BITS = 16_610;
const PRINTED_DIGITS = 20;

function bitsOf(value: bigint): number {
  return value.toString(16).length * 4;
}

function gcd(a: bigint, b: bigint): bigint {
  let [high, low] = [a, b];
  while (low !== 0n) [high, low] = [low, high % low];
  return high < 0n ? -high : high;
}

export function isFraction(value: Quantity): value is Fraction {
  return typeof value !== 'number';
}

/** @throws {CalculationError} when the number is too large to be worth writing down */
export function fraction(numerator: bigint, denominator = 1n): Quantity {
  if (denominator === 0n) throw new CalculationError('division by zero');
  const divisor = gcd(numerator, denominator) * (denominator < 0n ? -1n : 1n);
  const lowest =
    divisor === 1n
      ? { numerator, denominator }
      : { numerator: numerator / divisor, denominator: denominator / divisor };
  if (bitsOf(lowest.numerator) > MAX_BITS + bitsOf(lowest.denominator)) {
    throw new CalculationError('the result has more than 5,000 digits');
  }
  // A fraction that nobody could read goes on as a floating point number.
  return bitsOf(lowest.denominator) > MAX_BITS ? toNumber(lowest) : lowest;
}

/** Whether `base ^ exponent` stays within what {@link fraction} allows, told without computing it. */
export function isPowerInReach(base: Fraction, exponent: bigint): boolean {
  const size = exponent < 0n ? -exponent : exponent;
  const bits = Math.max(bitsOf(base.numerator), bitsOf(base.denominator));
  return size <= BigInt(Math.floor(MAX_BITS / Math.max(bits - 4, 1)));
}

/** @throws {CalculationError} when the number is not finite */
export function real(value: number): number {
  if (Number.isNaN(value)) throw new CalculationError('the result is not a real number');
  if (!Number.isFinite(value)) throw new CalculationError('the result is too large');
  return value;
}

export function toNumber(value: Quantity): number {
  return isFraction(value) ? Number(toDecimal(value)) : value;
}

/** The fraction that a floating point number is written as, to 15 digits. */
export function toFraction(value: Quantity): Fraction {
  if (isFraction(value)) return value;
  const [digits = '0', exponent = '0'] = value.toExponential(14).split('e');
  const shift = Number(exponent) - 14;
  const scaled = BigInt(digits.replace('.', ''));
  const exact = shift >= 0 ? fraction(scaled * 10n ** BigInt(shift)) : fraction(scaled, 10n ** BigInt(-shift));
  return isFraction(exact) ? exact : { numerator: 0n, denominator: 1n };
}

/** Digits for people: exact where the decimal fraction ends soon, else rounded to 20 digits (15 for floating point). */
export function formatQuantity(value: Quantity): string {
  return isFraction(value) ? toDecimal(value) : String(Number(value.toPrecision(15)) + 0);
}

/** A number below 1, from its decimals. */
function toScientific(decimals: string): string {
  const zeros = decimals.search(/[1-9]/);
  const rest = decimals.slice(zeros + 1);
  return `${decimals.charAt(zeros)}${rest && `.${rest}`}e-${zeros + 1}`;
}

function toDecimal({ numerator, denominator }: Fraction): string {
  if (denominator === 1n) return numerator.toString();
  const sign = numerator < 0n ? '-' : '';
  const size = numerator < 0n ? -numerator : numerator;
  const whole = (size / denominator).toString();
  // Leading zeros of a small number are not digits: 1/3000 has as many as 1/3.
  const leading = whole === '0' ? denominator.toString().length - size.toString().length : 0;
  const places = Math.max(PRINTED_DIGITS - (whole === '0' ? 0 : whole.length), 1) + Math.max(leading, 0);
  const scaled = (size * 10n ** BigInt(places) * 2n + denominator) / (denominator * 2n);
  const digits = scaled.toString().padStart(places + 1, '0');
  const decimals = digits.slice(-places).replace(/0+$/, '');
  const text = digits.slice(0, -places) + (decimals && `.${decimals}`);
  return sign + (leading > PRINTED_DIGITS ? toScientific(decimals) : text);
}
