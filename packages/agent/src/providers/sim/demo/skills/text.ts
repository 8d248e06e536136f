import type { Move, Skill } from '../skill.ts';
import { runJavascript } from '../skill.ts';
import { quoted, subjectOf } from '../subject.ts';
import { asked } from '../wording.ts';

/** `isText`: the output is a text in its own right, and "it" is that from now on. */
type Operation = { code(subject: string): string; tell(output: string, subject: string): string; isText?: true };

const reversed: Operation = {
  code: (s) => `[...${s}].reverse().join('')`,
  tell: (output, s) => `${s} reversed is ${quoted(output)}.`,
  isText: true,
};
const cased = (method: string, name: string): Operation => ({
  code: (s) => `${s}.${method}()`,
  tell: (output, s) => `${s} in ${name} is ${quoted(output)}.`,
  isText: true,
});
const counted = (code: (subject: string) => string, one: string): Operation => ({
  code,
  tell: (output, s) => `There ${output === '1' ? 'is' : 'are'} ${output} ${one}${output === '1' ? '' : 's'} in ${s}.`,
});
const matching = (pattern: string, one: string): Operation =>
  counted((s) => `(${s}.match(${pattern}) ?? []).length`, one);

const COUNTED: Record<string, Operation> = {
  word: matching('/\\S+/g', 'word'),
  letter: matching('/\\p{L}/gu', 'letter'),
  vowel: matching('/[aeiou]/gi', 'vowel'),
  consonant: matching('/[b-df-hj-np-tv-z]/gi', 'consonant'),
  digit: matching('/\\d/g', 'digit'),
  character: counted((s) => `[...${s}].length`, 'character'),
  line: counted((s) => `${s}.split('\\n').length`, 'line'),
};
const MANY = '(?:how many|count(?: up)?(?: how many)?|(?:the )?(?:number|count) of)(?: all)?(?: the)?';
const THERE = '(?: are there| are| is there| does| do| there are| appear| occur)*';
const COUNT = new RegExp(
  `^${MANY} (?:different )?(word|letter|vowel|consonant|digit|character|line)s?${THERE}(?: in| of)? (.+?)(?: have| has| contain| contains)?$`,
  'is',
);
const COUNT_AFTER = /^(word|letter|character) count (?:of|for|in) (.+)$/is;
const LENGTH = /^(?:the )?(?:length of|how long is) (.+)$/is;
const LETTER = new RegExp(
  `^${MANY}(?: times)? (?:the )?(?:letters? )?['"“‘\`]?(\\p{L})['"”’\`]?(?:['’]?s)?(?: letters?)?${THERE}(?: in| of)? (.+?)(?: have| has| contain| contains)?$`,
  'isu',
);
const TIMES =
  /^(?:how (?:many times|often)|the number of times) (?:does |do )?(?:the )?(?:word |letter |character )?['"“‘`]?([\p{L}\d]+)['"”’`]? (?:appears?|occurs?|is|shows? up)(?: in)? (.+)$/isu;

/** One operation on one text, each by its wordings. The wording's last group is the text. */
const OPERATIONS: readonly [RegExp, Operation][] = [
  [/^(?:reverse|spell backwards|flip) (.+)$/is, reversed],
  [/^(?:spell |write )?(.+?)(?: reversed| backwards?| in reverse)$/is, reversed],
  [/^(?:uppercase|upper-case|capitali[sz]e) (.+)$/is, cased('toUpperCase', 'upper case')],
  [
    /^(?:convert |make |put |turn |write )?(.+?) (?:to |in |into )?(?:upper-?\s?case|capitals|all caps|capital letters)$/is,
    cased('toUpperCase', 'upper case'),
  ],
  [/^(?:lowercase|lower-case) (.+)$/is, cased('toLowerCase', 'lower case')],
  [
    /^(?:convert |make |put |turn |write )?(.+?) (?:to |in |into )?lower-?\s?case$/is,
    cased('toLowerCase', 'lower case'),
  ],
  [
    /^(?:is|check (?:if|whether)|whether|if) (.+?) (?:is )?a palindrome$/is,
    {
      code: (s) =>
        `const letters = [...${s}.toLowerCase()].filter((c) => /[\\p{L}\\d]/u.test(c));\nString(letters.join('') === [...letters].reverse().join(''))`,
      tell: (output, s) => `${s} is ${output === 'true' ? '' : 'not '}a palindrome.`,
    },
  ],
  [
    /^(?:the )?longest word (?:in|of) (.+)$/is,
    {
      code: (s) => `${s}.match(/[\\p{L}\\d'-]+/gu).reduce((a, b) => (b.length > a.length ? b : a))`,
      tell: (output, s) => `The longest word in ${s} is ${quoted(output)}.`,
    },
  ],
  [/^(?:the )?length of (.+)$/is, COUNTED.character ?? reversed],
];

/** Small operations on a quoted text or a word: reverse, count, change case, palindromes. */
export const text: Skill = {
  name: 'text',
  recognise(task) {
    const words = asked(task);
    const start = countSomething(words) ?? operate(words);
    return start && [start];
  },
};

function countSomething(words: string): Move | null {
  const [, thing, subject] = COUNT.exec(words) ?? COUNT_AFTER.exec(words) ?? [];
  const operation = thing === undefined ? undefined : COUNTED[thing.toLowerCase()];
  if (operation) return perform(operation, subject);

  const length = LENGTH.exec(words)?.[1];
  if (length !== undefined) return perform(COUNTED.character, length);

  const letter = LETTER.exec(words);
  const found = letter ?? TIMES.exec(words);
  const [, what, within] = found ?? [];
  if (what === undefined) return null;
  const isLetter = letter !== null || /^.$/u.test(what);
  const parts = isLetter
    ? (s: string) => `${s}.toLowerCase().split(${JSON.stringify(what.toLowerCase())}).length - 1`
    : (s: string) =>
        `(${s}.toLowerCase().match(/[\\p{L}\\d]+/gu) ?? []).filter((word) => word === ${JSON.stringify(what.toLowerCase())}).length`;
  const tell = (output: string, s: string) =>
    isLetter
      ? `There ${output === '1' ? 'is' : 'are'} ${output} ${what}${output === '1' ? '' : "'s"} in ${s}.`
      : `${quoted(what)} appears ${output} time${output === '1' ? '' : 's'} in ${s}.`;
  return perform({ code: parts, tell }, within);
}

function operate(words: string): Move | null {
  for (const [wording, operation] of OPERATIONS) {
    const found = wording.exec(words)?.[1];
    const move = found === undefined ? null : perform(operation, found);
    if (move) return move;
  }
  return null;
}

function perform(operation: Operation | undefined, words: string | undefined): Move | null {
  const subject = subjectOf(words ?? '');
  if (!operation || subject === null) return null;
  return runJavascript(operation.code(JSON.stringify(subject)), (output) => {
    if (output === '') return null;
    const isNumber = /^\d+$/.test(output);
    return {
      text: operation.tell(output, quoted(subject)),
      value: isNumber || operation.isText ? output : null,
      // "Reverse it" means the text; "add 2 to it" the number of letters in it.
      about: `"${operation.isText ? output : subject}"`,
    };
  });
}
