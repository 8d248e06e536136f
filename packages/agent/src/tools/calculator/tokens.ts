import { CalculationError } from './quantity.ts';

export type Token = { type: 'number' | 'name' | 'symbol' | 'end'; text: string; position: number };

const TOKEN =
  /(?<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)|(?<name>[A-Za-z][A-Za-z0-9]*)|(?<symbol>\*\*|[-+*/%^(),])/y;

/** What people type for the same thing. */
const SPELLINGS: Readonly<Record<string, string>> = { '×': '*', '·': '*', '÷': '/', '−': '-', '–': '-' };

/** @throws {CalculationError} at a character that belongs to no expression */
export function tokenize(source: string): Token[] {
  const text = source.replace(/[×·÷−–]/g, (character) => SPELLINGS[character] ?? character);
  const tokens: Token[] = [];
  let position = 0;
  while (position < text.length) {
    if (/\s/.test(text.charAt(position))) {
      position += 1;
      continue;
    }
    TOKEN.lastIndex = position;
    const groups = TOKEN.exec(text)?.groups;
    if (!groups) {
      const character = String.fromCodePoint(source.codePointAt(position) ?? 0);
      throw new CalculationError(`unexpected ${JSON.stringify(character)} at position ${position + 1}`);
    }
    tokens.push(toToken(groups, position + 1));
    position = TOKEN.lastIndex;
  }
  tokens.push({ type: 'end', text: '', position: text.length + 1 });
  return tokens;
}

function toToken({ number, name, symbol = '' }: Record<string, string | undefined>, position: number): Token {
  if (number !== undefined) return { type: 'number', text: number, position };
  if (name !== undefined) return { type: 'name', text: name, position };
  return { type: 'symbol', text: symbol === '**' ? '^' : symbol, position };
}
