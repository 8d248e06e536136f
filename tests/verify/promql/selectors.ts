import { type Token, tokensOf } from './tokens.ts';

/** A metric that an expression reads, the labels that it picks series by, and with which texts. */
export type Selector = { metric: string; matchers: { label: string; value: string }[] };

/** All that an expression takes from outside: the metrics, and the labels by which it groups and joins them. */
export type Reads = { selectors: Selector[]; groupings: string[] };

/** After these comes a list of labels in parentheses. */
const BEFORE_LABELS = new Set(['by', 'without', 'on', 'ignoring', 'group_left', 'group_right']);
const WORDS = new Set(['and', 'or', 'unless', 'bool', 'offset', 'atan2', 'inf', 'nan', 'start', 'end']);

/** @throws {Error} at what is no PromQL */
export function readsOf(expression: string): Reads {
  const tokens = tokensOf(expression);
  const reads: Reads = { selectors: [], groupings: [] };
  let at = 0;
  while (at < tokens.length) {
    const token = tokens[at];
    const next = tokens[at + 1];
    at += 1;
    if (token?.kind !== 'name') {
      // A selector without a name, as in `{job="api"}`, would read anything.
      if (token && isSign(token, '{')) throw new Error(`name the metric before {: ${expression}`);
      continue;
    }
    const word = token.text.toLowerCase();
    if (BEFORE_LABELS.has(word)) {
      if (!isSign(next, '(')) continue;
      const end = endOf(tokens, at, ')');
      reads.groupings.push(...tokens.slice(at + 1, end).flatMap(({ kind, text }) => (kind === 'name' ? [text] : [])));
      at = end + 1;
    } else if (!WORDS.has(word) && !isCall(next)) {
      const end = isSign(next, '{') ? endOf(tokens, at, '}') : at - 1;
      reads.selectors.push({ metric: token.text, matchers: matchersIn(tokens.slice(at + 1, end)) });
      at = end + 1;
    }
  }
  return reads;
}

/** `label op "text", …` */
function matchersIn(tokens: readonly Token[]): Selector['matchers'] {
  return tokens.flatMap(({ kind, text }, index) =>
    kind === 'name' ? [{ label: text, value: tokens[index + 2]?.text ?? '' }] : [],
  );
}

function endOf(tokens: readonly Token[], from: number, sign: string): number {
  const end = tokens.findIndex((token, index) => index >= from && isSign(token, sign));
  if (end === -1) throw new Error(`${sign} is missing`);
  return end;
}

/** `sum(…)`, or `sum by (…) (…)`. */
function isCall(next: Token | undefined): boolean {
  return isSign(next, '(') || (next?.kind === 'name' && /^(?:by|without)$/i.test(next.text));
}

function isSign(token: Token | undefined, sign: string): boolean {
  return token?.kind === 'sign' && token.text === sign;
}
