import { fromOrdinal, inDigits, inFigures } from '../numerals.ts';
import type { Finding, Move, Skill } from '../skill.ts';
import { capitalise, inWords, runJavascript } from '../skill.ts';
import { asked } from '../wording.ts';

type Sequence = { names: RegExp; name: string; code: string };

/** Each `code` fills `list` until `isFull(next)`; BigInt, since the 100th Fibonacci number is beyond a double. */
const SEQUENCES: readonly Sequence[] = [
  {
    names: /^primes?(?: numbers?)?$/,
    name: 'prime',
    code: 'for (let n = 2n; !isFull(n); n += 1n) {\n  if (list.every((p) => p * p > n || n % p !== 0n)) list.push(n);\n}',
  },
  {
    names: /^fibonacci(?: numbers?| sequence| series)?$/,
    name: 'Fibonacci',
    code: 'for (let [a, b] = [0n, 1n]; !isFull(a); [a, b] = [b, a + b]) list.push(a);',
  },
  { names: /^even(?: numbers?)?$/, name: 'even', code: 'for (let n = 2n; !isFull(n); n += 2n) list.push(n);' },
  { names: /^odd(?: numbers?)?$/, name: 'odd', code: 'for (let n = 1n; !isFull(n); n += 2n) list.push(n);' },
  {
    names: /^(?:(?:perfect )?squares?|square)(?: numbers?)?$/,
    name: 'square',
    code: 'for (let n = 1n; !isFull(n * n); n += 1n) list.push(n * n);',
  },
  {
    names: /^(?:(?:perfect )?cubes?|cube)(?: numbers?)?$/,
    name: 'cube',
    code: 'for (let n = 1n; !isFull(n ** 3n); n += 1n) list.push(n ** 3n);',
  },
  {
    names: /^triangular(?: numbers?)?$/,
    name: 'triangular',
    code: 'for (let n = 1n, sum = 1n; !isFull(sum); n += 1n, sum += n) list.push(sum);',
  },
  { names: /^powers of (?:2|two)$/, name: 'power-of-two', code: 'for (let n = 1n; !isFull(n); n *= 2n) list.push(n);' },
  {
    names: /^factorials?$/,
    name: 'factorial',
    code: 'for (let n = 1n, product = 1n; !isFull(product); n += 1n, product *= n) list.push(product);',
  },
  {
    names: /^(?:natural |whole |positive )?(?:numbers?|integers?)$/,
    name: 'natural',
    code: 'for (let n = 1n; !isFull(n); n += 1n) list.push(n);',
  },
];
const NAMES = '([a-z0-9 ]+?)';
const OF_ALL = /^(?:the )?(sum|product|average|mean|add)(?: of| up)? (?:all )?(?:of )?(?:the )?(.+)$/i;
const COUNTING = /^count (?:up )?(?:from (\d{1,4}) )?to (\d{1,4})$/i;
const PLAIN = /^(?:from )?(\d{1,6}) (?:to|through) (\d{1,6})$/;
const FIRST = new RegExp(`^(?:all )?(?:of )?(?:the )?first (\\d{1,4}) ${NAMES}$`);
const LEADING = new RegExp(`^(?:generate |write |produce )?(\\d{1,4}) (primes|prime numbers|fibonacci numbers)$`);
const UP_TO = new RegExp(
  `^(?:all )?(?:of )?(?:the )?${NAMES} (below|under|less than|smaller than|up to|until|through) (\\d{1,6})$`,
);
const BETWEEN = new RegExp(`^(?:all )?(?:of )?(?:the )?${NAMES} (?:between|from) (\\d{1,6}) (?:and|to) (\\d{1,6})$`);
const NTH = new RegExp(`^(?:the )?(\\d{1,4}(?:st|nd|rd|th)|[a-z]+th|first|second|third) ${NAMES}$`);
const COUNT = /^how many (.+?)(?: are there| are| exist| is there)? (below|under|less than|up to|between) (.+)$/;

/** The beginning, a stretch or one member of a number sequence: `the first ten primes`, `the 30th Fibonacci number`. */
export const sequence: Skill = {
  name: 'sequence',
  recognise(task) {
    const text = asked(task)
      .replace(/^(?:generate|write|produce|create|enumerate|make) /i, '')
      .replace(COUNTING, (_, from: string | undefined, to: string) => `the numbers from ${from ?? 1} to ${to}`);
    const [, folding, ofWhat] = OF_ALL.exec(text) ?? [];
    // "Add 12 to 36" is a sum of two numbers, not of all between.
    const isTwo = folding?.toLowerCase() === 'add' && PLAIN.test(inDigits(ofWhat ?? ''));
    const folded = ofWhat === undefined || isTwo ? null : readRange(ofWhat);
    if (folded && folding && ofWhat) return [foldList(folded, folding.toLowerCase(), ofWhat)];

    const [, many, limit, bound] = COUNT.exec(inDigits(text.toLowerCase())) ?? [];
    const counted = many === undefined ? null : readRange(`${many} ${limit} ${bound}`);
    if (counted) return [countList(counted, `${many} ${limit} ${bound}`)];
    const range = readRange(text);
    if (range) return [listAll(range, text)];
    const [, ordinal, name] = NTH.exec(text.toLowerCase()) ?? [];
    const place = ordinal === undefined ? null : fromOrdinal(ordinal);
    const found = SEQUENCES.find(({ names }) => names.test(name ?? ''));
    return found && place ? [tellMember(found, place)] : null;
  },
};

/** `code` leaves the numbers in `list`. */
type Range = { code: string };

function readRange(words: string): Range | null {
  const text = inDigits(words.toLowerCase()).replace(PLAIN, 'numbers from $1 to $2');
  const [, count, name] = FIRST.exec(text) ?? LEADING.exec(text) ?? [];
  if (count !== undefined) return rangeOf(name, `() => list.length >= ${count}`);
  const [, limited, limit, bound] = UP_TO.exec(text) ?? [];
  if (bound !== undefined) {
    return rangeOf(limited, `(n) => n ${/^(?:up|un?til|thr)/.test(limit ?? '') ? '>' : '>='} ${bound}n`);
  }
  const [, between, from, to] = BETWEEN.exec(text) ?? [];
  if (to === undefined) return null;
  const whole = rangeOf(between, `(n) => n > ${to}n`);
  return whole && { code: `${whole.code}\nwhile (list[0] < ${from}n) list.shift();` };
}

function rangeOf(name: string | undefined, isFull: string): Range | null {
  const found = SEQUENCES.find(({ names }) => names.test(name?.trim() ?? ''));
  return found ? { code: `const list = [];\nconst isFull = ${isFull};\n${found.code}` } : null;
}

function listAll({ code }: Range, text: string): Move {
  return runJavascript(`${code}\nlist.join(', ')`, (output) => {
    if (output === '') return { text: `There are no ${text}.`, value: '' };
    const items = /^\d+(?:, \d+)*$/.test(output) ? output.split(', ') : null;
    const subject = capitalise(text.replace(/^the /i, ''));
    return (
      items && {
        text: `${/^first/i.test(subject) ? `The ${text.replace(/^the /i, '')}` : subject} are ${inWords(items)}.`,
        value: output,
      }
    );
  });
}

function countList({ code }: Range, what: string): Move {
  return runJavascript(`${code}\nString(list.length)`, (output) =>
    /^\d+$/.test(output) ? { text: `There are ${output} ${what}.`, value: output } : null,
  );
}

const FOLDS: Record<string, string> = {
  sum: 'String(list.reduce((a, b) => a + b, 0n))',
  product: 'String(list.reduce((a, b) => a * b, 1n))',
  average: 'String(Number(list.reduce((a, b) => a + b, 0n)) / list.length)',
};

function foldList({ code }: Range, word: string, what: string): Move {
  const folding = { add: 'sum', mean: 'average' }[word] ?? word;
  const article = /^first/i.test(what) ? 'the ' : '';
  return runJavascript(`${code}\n${FOLDS[folding]}`, (output) =>
    numberFinding(output, `The ${folding} of ${article}${what} is ${inFigures(output)}.`),
  );
}

function tellMember({ name, code }: Sequence, place: number): Move {
  // The sequence is listed from 0, but its members are numbered from F1 = 1 (OEIS A000045).
  const isFibonacci = name === 'Fibonacci';
  const snippet = `const list = [];\nconst isFull = () => list.length >= ${isFibonacci ? place + 1 : place};\n${code}\nString(list.at(-1))`;
  const counted = isFibonacci ? ' (counting F1 = F2 = 1)' : '';
  return runJavascript(snippet, (output) =>
    numberFinding(
      output,
      `${name === 'factorial' ? 'Factorial' : `${capitalise(name)} number`} ${place}${counted} is ${output}.`,
    ),
  );
}

function numberFinding(output: string, text: string): Finding | null {
  return /^-?\d+(?:\.\d+)?$/.test(output) ? { text, value: output } : null;
}
