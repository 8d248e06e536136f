import { tokenise } from './arithmetic-words.ts';
import type { Expression, Operator } from './expression.ts';
import { binary, number, percentOf } from './expression.ts';

/** Reads arithmetic in words, signs or both; `null` when any of it is something else. */
export function readArithmetic(text: string): Expression | null {
  const tokens = tokenise(text);
  return tokens && tokens.length > 0 && tokens.length <= 400 ? createReader(tokens)() : null;
}

const LISTS: Record<string, (items: Expression[]) => Expression | null> = {
  sum: (items) => fold('+', items),
  product: (items) => fold('*', items),
  average: (items) => binary('/', fold('+', items), number(items.length)),
  difference: ([a, b, ...rest]) => (a && b && rest.length === 0 ? binary('-', a, b) : null),
  quotient: ([a, b, ...rest]) => (a && b && rest.length === 0 ? binary('/', a, b) : null),
};

function fold(operator: Operator, items: Expression[]): Expression {
  return items.reduce((left, right) => binary(operator, left, right));
}

/** Recursive descent, one function for each level of binding. Any of them gives `null` at the first surprise. */
function createReader(tokens: readonly string[]): () => Expression | null {
  let at = 0;
  let depth = 0;
  const take = (...signs: string[]): string | null => {
    const token = tokens[at];
    if (token === undefined || !signs.includes(token)) return null;
    at += 1;
    return token;
  };

  function takeFactor(): Operator | null {
    if (take('*')) return '*';
    if (take('/')) return '/';
    return take('mod') ? '%' : null;
  }

  function sum(): Expression | null {
    let left = product();
    for (let sign = take('+', '-'); left && sign; sign = take('+', '-')) {
      const right = product();
      if (!right) return null;
      const operator = sign === '+' ? '+' : '-';
      // "200 plus 15%" means 15% of the 200.
      left =
        right.kind === 'percent'
          ? percentOf(binary(operator, number(100), right.of), left)
          : binary(operator, left, right);
    }
    return left;
  }

  function product(): Expression | null {
    let left = unary();
    for (let sign = takeFactor(); left && sign; sign = takeFactor()) {
      const right = unary();
      if (!right) return null;
      left = binary(sign, left, right);
    }
    return left;
  }

  function unary(): Expression | null {
    if (!take('-')) return power();
    const of = unary();
    return of && { kind: 'negate', of };
  }

  function power(): Expression | null {
    const base = percentage();
    if (!base || !take('^')) return base;
    const exponent = unary();
    return exponent && binary('^', base, exponent);
  }

  function percentage(): Expression | null {
    const figure = primary();
    if (!figure || !take('%')) return figure;
    if (!take('of')) {
      // "17 % 5" is a remainder.
      const next = tokens[at];
      if (next === undefined || !/^[\d(]/.test(next)) return { kind: 'percent', of: figure };
      const right = power();
      return right && binary('%', figure, right);
    }
    const base = unary();
    return base && percentOf(figure, base);
  }

  function primary(): Expression | null {
    const token = tokens[at];
    if (token === undefined) return null;
    at += 1;
    if (/^[\d.]/.test(token)) return number(token.replaceAll(',', ''));
    if (token === '(') {
      depth += 1;
      if (depth > 50) return null;
      const inner = sum();
      depth -= 1;
      return inner && take(')') ? inner : null;
    }
    if (token === 'sqrt' || token === 'cbrt') {
      const of = power();
      return of && { kind: 'root', degree: token === 'sqrt' ? 2 : 3, of };
    }
    const list = Object.hasOwn(LISTS, token) ? LISTS[token] : undefined;
    const found = list ? items() : null;
    return list && found ? list(found) : null;
  }

  function items(): Expression[] | null {
    const found: Expression[] = [];
    do {
      const item = sum();
      if (!item) return null;
      found.push(item);
    } while ((take(',') && (take('and') ?? true)) || take('and'));
    return found;
  }

  return () => {
    const whole = sum();
    return at === tokens.length ? whole : null;
  };
}
