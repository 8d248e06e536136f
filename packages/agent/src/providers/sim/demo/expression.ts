/** Arithmetic as a tree: between the words people use and the notations tools read. */
export type Expression =
  | { kind: 'number'; text: string }
  | { kind: 'negate'; of: Expression }
  | { kind: 'percent'; of: Expression }
  | { kind: 'root'; degree: 2 | 3; of: Expression }
  | { kind: 'binary'; operator: Operator; left: Expression; right: Expression };

export type Operator = '+' | '-' | '*' | '/' | '%' | '^';
export type Notation = 'calculator' | 'javascript';

const BINDING: Record<Operator, number> = { '+': 1, '-': 1, '*': 2, '/': 2, '%': 2, '^': 4 };

export const number = (value: string | number): Expression => ({ kind: 'number', text: String(value) });

export const binary = (operator: Operator, left: Expression, right: Expression): Expression => ({
  kind: 'binary',
  operator,
  left,
  right,
});

/** `x` per cent of `base`, multiplied before it is divided: 2840 * 17.5 / 100 is exact where 2840 * 0.175 is not. */
export const percentOf = (percent: Expression, base: Expression): Expression =>
  binary('/', binary('*', base, percent), number(100));

/** The expression in a tool's notation, with no more parentheses than it needs. */
export function write(expression: Expression, notation: Notation): string {
  switch (expression.kind) {
    case 'number':
      return expression.text;
    case 'negate':
      return `-${parenthesised(expression.of, 5, notation)}`;
    case 'percent':
      return `${parenthesised(expression.of, 2, notation)} / 100`;
    case 'root': {
      const name = expression.degree === 2 ? 'sqrt' : 'cbrt';
      const inner = write(expression.of, notation);
      return notation === 'javascript' ? `Math.${name}(${inner})` : `${name}(${inner})`;
    }
    case 'binary': {
      const { operator, left, right } = expression;
      const binding = BINDING[operator];
      const sign = operator === '^' && notation === 'javascript' ? '**' : operator;
      const isPower = operator === '^';
      return `${parenthesised(left, isPower ? binding + 1 : binding, notation)} ${sign} ${parenthesised(right, isPower ? binding : binding + 1, notation)}`;
    }
  }
}

function parenthesised(expression: Expression, atLeast: number, notation: Notation): string {
  const text = write(expression, notation);
  return bindingOf(expression) < atLeast ? `(${text})` : text;
}

function bindingOf(expression: Expression): number {
  switch (expression.kind) {
    case 'binary':
      return BINDING[expression.operator];
    case 'percent':
      return 2;
    case 'negate':
      return 3;
    default:
      return 9;
  }
}
