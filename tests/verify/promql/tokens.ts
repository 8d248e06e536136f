/** One word, sign or text of a PromQL expression; `text` of a string is without its quotes. */
export type Token = { kind: 'name' | 'string' | 'number' | 'sign'; text: string };

/** In the order they are tried. A range in brackets, and Grafana's `$__rate_interval`, count as numbers. */
const RULES: readonly (readonly [Token['kind'] | 'blank', RegExp])[] = [
  ['blank', /^(?:\s+|#[^\n]*)/],
  ['string', /^"(?:[^"\\]|\\.)*"|^'(?:[^'\\]|\\.)*'|^`[^`]*`/],
  ['number', /^\[[^\]]*\]|^\$\w+/],
  ['number', /^0x[0-9a-f]+|^(?:\d+(?:ms|[smhdwy]))+|^(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?/i],
  ['name', /^[a-zA-Z_:][\w:]*/],
  ['sign', /^(?:=~|!~|!=|==|>=|<=|[-+*/%^<>=(){},@])/],
];

/** @throws {Error} at what no PromQL expression holds */
export function tokensOf(expression: string): Token[] {
  const tokens: Token[] = [];
  let rest = expression;
  while (rest !== '') {
    const found = RULES.flatMap(([kind, pattern]) => {
      const text = pattern.exec(rest)?.[0];
      return text === undefined ? [] : [{ kind, text }];
    })[0];
    if (!found) throw new Error(`not PromQL from ${JSON.stringify(rest.slice(0, 40))} on: ${expression}`);
    rest = rest.slice(found.text.length);
    const { kind, text } = found;
    if (kind === 'string') tokens.push({ kind, text: text.slice(1, -1) });
    else if (kind !== 'blank') tokens.push({ kind, text });
  }
  return tokens;
}
