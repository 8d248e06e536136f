import { inDigits } from '../numerals.ts';
import type { Move, Skill } from '../skill.ts';
import { runJavascript } from '../skill.ts';
import { subjectOf } from '../subject.ts';
import { asked } from '../wording.ts';

const SORT =
  /^(?:sort|order|arrange|alphabeti[sz]e) (.+?)(?: (?:in |into )?(alphabetically|alphabetical order|ascending(?: order)?|descending(?: order)?|reverse(?: order| alphabetical order)?|numerically|from (?:smallest to largest|largest to smallest|low to high|high to low|a to z)))?$/is;
const UNIQUE =
  /^(?:(?:remove|drop|delete) (?:the |all )?duplicates? (?:from|in|of)|de-?duplicate|(?:the )?(?:unique|distinct|different)(?: (?:words|numbers|values|items|elements|letters))?(?: in| of| from| among)?) (.+)$/is;
const SORT_UNIQUE =
  /^(?:sort and (?:de-?duplicate|unique|make unique)|(?:the )?sorted(?:,)? (?:and )?unique(?: words| numbers| values)?(?: in| of| from)?) (.+)$/is;
const EXTREME =
  /^(?:the )?(largest|biggest|greatest|highest|maximum|max|smallest|lowest|least|minimum|min|median)(?: number| value| one)?(?: of| in| among| out of|:) (.+)$/is;
const SIZE = /^(?:the )?(?:count of|number of|how many) items (?:are )?in (.+)$/is;
const LABEL =
  /^(?:the |this |these )?(?:following )?(?:list|array|numbers?|words|items|values|names)?(?: of| in)?(?: (?:numbers|words|items|values|names))?:? ?/i;

/** Sorting, duplicates, size, and the largest, smallest or middle of a list. */
export const list: Skill = {
  name: 'list',
  recognise(task) {
    const text = asked(task);
    const both = itemsOf(SORT_UNIQUE.exec(text)?.[1]);
    if (both) {
      return [transform(both, `${uniqueCode(both)}.sort(${comparison(both, false)})`, 'Sorted, without duplicates')];
    }
    const unique = itemsOf(UNIQUE.exec(text)?.[1]);
    if (unique) return [transform(unique, uniqueCode(unique), 'Without duplicates')];
    const [, sortable, order = ''] = SORT.exec(text) ?? [];
    const sorted = itemsOf(sortable);
    if (sorted) {
      const isDown = /descending|reverse|largest to|high to/i.test(order);
      return [
        transform(
          sorted,
          `${literal(sorted)}.sort(${comparison(sorted, isDown)})`,
          isDown ? 'Sorted in descending order' : 'Sorted',
        ),
      ];
    }
    const counted = itemsOf(SIZE.exec(text)?.[1]);
    if (counted) return [count(counted)];
    const [, which = '', among] = EXTREME.exec(text) ?? [];
    const numbers = itemsOf(among);
    return numbers?.every((item) => typeof item === 'number') ? [pick(which.toLowerCase(), numbers)] : null;
  },
};

type Item = string | number;

/** `3, 1 and 2`, `[3, 1, 2]`, `'pear apple'`; two items at least. Numbers when all of them are. */
function itemsOf(words: string | undefined): Item[] | null {
  const trimmed = words?.trim();
  if (trimmed === undefined || trimmed === '' || trimmed.length > 4_000) return null;
  const whole = subjectOf(trimmed.replace(LABEL, '')) ?? trimmed.replace(LABEL, '');
  const inside = /^[[({]([\s\S]*)[\])}]$/.exec(whole.trim())?.[1] ?? whole;
  const separator = /[,;\n]/.test(inside) ? /\s*(?:[,;\n]\s*(?:and\s+)?|\s+and\s+)\s*/ : /\s+(?:and\s+)?/;
  const items = inside
    .split(separator)
    .map((item) => item.trim().replace(/^(["'“‘`])(.*)["'”’`]$/, '$2'))
    .filter((item) => item !== '');
  if (items.some((item) => /[[\](){}]/.test(item))) return null;
  if (items.length < 2 || (!/[,;\n]/.test(inside) && inside === trimmed && !/^[\d\s.-]+$/.test(inside))) return null;
  const numbers = items.map((item) => Number(inDigits(item)));
  if (numbers.every((value) => Number.isFinite(value))) return numbers;
  // "3, 1, 2 and sort it": the last is no item.
  return numbers.some((value) => Number.isFinite(value)) && items.some((item) => item.includes(' ')) ? null : items;
}

function literal(items: readonly Item[]): string {
  return JSON.stringify(items);
}

function uniqueCode(items: readonly Item[]): string {
  return `[...new Set(${literal(items)})]`;
}

function comparison(items: readonly Item[], isDown: boolean): string {
  const [a, b] = isDown ? ['b', 'a'] : ['a', 'b'];
  return typeof items[0] === 'number'
    ? `(a, b) => ${a} - ${b}`
    : `(a, b) => (${a}.toLowerCase() < ${b}.toLowerCase() ? -1 : 1)`;
}

function transform(items: readonly Item[], code: string, how: string): Move {
  const what = typeof items[0] === 'number' ? 'the numbers' : 'the words';
  return runJavascript(`${code}.join(', ')`, (output) =>
    output === '' ? null : { text: `${how}, ${what} are ${output}.`, value: output },
  );
}

function count(items: readonly Item[]): Move {
  return runJavascript(`String(${literal(items)}.length)`, (output) => ({
    text: `That makes ${output}.`,
    value: output,
  }));
}

function pick(which: string, numbers: readonly Item[]): Move {
  const isSmall = /^(?:small|low|least|min)/.test(which);
  const code =
    which === 'median'
      ? `const sorted = ${literal(numbers)}.sort((a, b) => a - b);\nconst middle = sorted.length / 2;\nString((sorted[Math.ceil(middle) - 1] + sorted[Math.floor(middle)]) / 2)`
      : `String(Math.${isSmall ? 'min' : 'max'}(...${literal(numbers)}))`;
  const name = { max: 'maximum', min: 'minimum' }[which] ?? which;
  return runJavascript(code, (output) =>
    /^-?[\d.]+(?:e[+-]?\d+)?$/.test(output)
      ? { text: `The ${name} of ${numbers.join(', ')} is ${output}.`, value: output }
      : null,
  );
}
