import { inDigits } from './numerals.ts';

/** The wordings of each sign, the longer first. */
const WORDINGS: readonly [RegExp, string][] = [
  [/[$€£](?=\s?\d)/g, ''],
  [/\bto the (\d+)(?:st|nd|rd|th)(?: power)?\b/g, '^ $1'],
  [/\b(?:raised )?to the power(?: of)?\b|\braised to\b|\*\*/g, '^'],
  [/\bmultiplied (?:by|with)\b|\btimes\b|[×·]|(?<=[\d)]\s?)x(?=\s?[\d(])/g, '*'],
  [/\bdivided by\b|\bover\b|÷/g, '/'],
  [/\bplus\b|\badded to\b/g, '+'],
  [/\bminus\b|\bless\b|[−–]/g, '-'],
  [/\bmodulo\b|\bmod\b/g, 'mod'],
  [/\bsquared\b|²/g, '^ 2'],
  [/\bcubed\b|³/g, '^ 3'],
  [/\bper ?cent\b/g, '%'],
  [/\b(?:square root|sqrt)(?: of)?\b|√/g, 'sqrt'],
  [/\b(?:cube root|cbrt)(?: of)?\b/g, 'cbrt'],
  [/\bnegative\b/g, '-'],
  [/\b(?:sum|total) of\b/g, 'sum'],
  [/\bproduct of\b/g, 'product'],
  [/\b(?:average|mean) of\b/g, 'average'],
  [/\bdifference (?:between|of)\b/g, 'difference'],
  [/\bquotient of\b/g, 'quotient'],
  [/\b(?:twice|double)\b/g, '2 *'],
  [/\b(?:thrice|triple)\b/g, '3 *'],
  [/\bhalf (?:of )?/g, '1 / 2 * '],
  [/\bthe\b/g, ' '],
];
const FRACTION = /\b(\d+|an?) (half|halve|third|quarter|fifth|tenth)s?(?: of)?\b/g;
const PARTS: Record<string, number> = { half: 2, halve: 2, third: 3, quarter: 4, fifth: 5, tenth: 10 };
const TOKEN = /\s*(\d{1,3}(?:,\d{3})+(?:\.\d+)?(?![\d,])|\d+(?:\.\d+)?|\.\d+|[a-z]+|[-+*/^%(),])/y;

/** Splits arithmetic in words, signs or both into numbers, signs and a few words; `null` at anything else. */
export function tokenise(text: string): string[] | null {
  const digits = inDigits(text.toLowerCase()).replace(
    FRACTION,
    (_, count: string, part: string) => `${Number(count) || 1} / ${PARTS[part]} *`,
  );
  const worded = WORDINGS.reduce((current, [wording, sign]) => current.replace(wording, sign), digits)
    .replace(/\s*=\s*\??\s*$/, '')
    .trim();
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < worded.length) {
    const token = TOKEN.exec(worded)?.[1];
    if (token === undefined) return null;
    tokens.push(token);
  }
  return tokens;
}
