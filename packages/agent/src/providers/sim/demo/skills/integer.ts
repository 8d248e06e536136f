import { inDigits, inFigures } from '../numerals.ts';
import type { Move, Skill } from '../skill.ts';
import { capitalise, runJavascript } from '../skill.ts';
import { asked } from '../wording.ts';

type Question = {
  wording: RegExp;
  code(...numbers: string[]): string;
  tell(output: string, ...numbers: string[]): string;
};

const FACTORS = (n: string) =>
  `let rest = ${n};\nconst factors = [];\nfor (let p = 2; p * p <= rest; p += 1) {\n  while (rest % p === 0) {\n    factors.push(p);\n    rest /= p;\n  }\n}\nif (rest > 1) factors.push(rest);\n`;
const GCD = 'const gcd = (a, b) => (b === 0 ? a : gcd(b, a % b));\n';
const PAIR = '\\(?(\\d{1,12})(?:,| and|, and) ?(\\d{1,12})\\)?';

/** Questions about one or two whole numbers; each answer is one snippet that prints it. */
const QUESTIONS: readonly Question[] = [
  {
    wording: /^(?:is|check (?:if|whether)|whether|if) (\d{1,12}) (?:is )?(?:a )?prime(?: number)?$/,
    code: (n) => `${FACTORS(n)}String(factors.length === 1)`,
    tell: (output, n) => `${n} is ${output === 'true' ? '' : 'not '}a prime number.`,
  },
  {
    wording: /^(?:the )?(?:prime factors|prime factori[sz]ation|factors) of (\d{1,12})$/,
    code: (n) => `${FACTORS(n)}factors.join(' × ')`,
    tell: (output, n) => `${n} = ${output}.`,
  },
  {
    wording: /^factori[sz]e (\d{1,12})$/,
    code: (n) => `${FACTORS(n)}factors.join(' × ')`,
    tell: (output, n) => `${n} = ${output}.`,
  },
  {
    wording: /^(?:the )?(?:factorial of (\d{1,3})|(\d{1,3})(?: factorial|!?!))$/,
    code: (n) => `let product = 1n;\nfor (let i = 2n; i <= ${n}n; i += 1n) product *= i;\nString(product)`,
    tell: (output, n) => `${n}! = ${inFigures(output)}.`,
  },
  {
    wording: new RegExp(
      `^(?:the )?(?:gcd|hcf|greatest common (?:divisor|factor)|highest common factor)(?: of)? ?${PAIR}$`,
    ),
    code: (a, b) => `${GCD}String(gcd(${a}, ${b}))`,
    tell: (output, a, b) => `The greatest common divisor of ${a} and ${b} is ${output}.`,
  },
  {
    wording: new RegExp(`^(?:the )?(?:lcm|(?:least|lowest) common multiple)(?: of)? ?${PAIR}$`),
    code: (a, b) => `${GCD}String(${a} / gcd(${a}, ${b}) * ${b})`,
    tell: (output, a, b) => `The least common multiple of ${a} and ${b} is ${output}.`,
  },
  {
    wording: /^(?:convert |write |express )?(?:the number )?(\d{1,15}) (?:to|in|into|as) (?:binary|base 2)$/,
    code: (n) => `(${n}).toString(2)`,
    tell: (output, n) => `${n} in binary is ${output}.`,
  },
  {
    wording: /^(?:convert |write |express )?(?:the number )?(\d{1,15}) (?:to|in|into|as) (?:hex|hexadecimal|base 16)$/,
    code: (n) => `(${n}).toString(16)`,
    tell: (output, n) => `${n} in hexadecimal is ${output}.`,
  },
  {
    wording: /^(?:convert )?(?:binary )?(?:0b)?([01]{1,50})(?: (?:from )?binary)? (?:to|in|into|as) decimal$/,
    code: (n) => `String(parseInt('${n}', 2))`,
    tell: (output, n) => `Binary ${n} is ${output}.`,
  },
  {
    wording: /^(?:is|whether|if) (\d{1,15}) (?:is )?(?:even or odd|odd or even|even|odd)$/,
    code: (n) => `${n} % 2 === 0 ? 'even' : 'odd'`,
    tell: (output, n) => `${n} is ${output}.`,
  },
  {
    wording: /^(?:the )?(?:digit sum|sum of the digits|cross sum) of (\d{1,40})$/,
    code: (n) => `String([...'${n}'].reduce((sum, digit) => sum + Number(digit), 0))`,
    tell: (output, n) => `The digits of ${n} add up to ${output}.`,
  },
];

/** Primality, factors, divisors, factorials and number bases. */
export const integer: Skill = {
  name: 'integer',
  recognise(task) {
    const text = inDigits(asked(task).toLowerCase()).replace(/(?<=\d),(?=\d{3}\b)/g, '');
    for (const question of QUESTIONS) {
      const numbers = question.wording
        .exec(text)
        ?.slice(1)
        .filter((part) => part !== undefined);
      if (numbers) return [ask(question, numbers)];
    }
    return null;
  },
};

function ask({ code, tell }: Question, numbers: string[]): Move {
  return runJavascript(code(...numbers), (output) =>
    output === '' || output.includes('\n') ? null : { text: capitalise(tell(output, ...numbers)), value: output },
  );
}
