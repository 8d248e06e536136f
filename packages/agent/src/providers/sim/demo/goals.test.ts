import { describe, expect, it } from 'vitest';
import { createDemoTools, playGoal } from '../testing/play-goal.ts';

/** Goal, the calls (`&`: at once; `→`: one after the other), and what the answer must say. Today is 20 November 2026. */
type Row = [goal: string, calls: string, ...fragments: string[]];

const ARITHMETIC: Row[] = [
  [
    'what is 12.5% of 3,480 plus 7 squared',
    'calculator 3480 * 12.5 / 100 + 7 ^ 2',
    '12.5% of 3,480 plus 7 squared is 484.',
  ],
  ['sum of 3, 4 and 5', 'calculator 3 + 4 + 5', 'is 12.'],
  ['(17+4)*3', 'calculator (17 + 4) * 3', '= 63.'],
  ['square root of 144', 'calculator sqrt(144)', 'is 12.'],
  ['2 to the power of 10', 'calculator 2 ^ 10', 'is 1,024.'],
  ['divide 100 by 7', 'calculator 100 / 7', '100 / 7 is about 14.285714.'],
  ['Calculate 3.5 * (2 + 4) - 1, please.', 'calculator 3.5 * (2 + 4) - 1', '= 20.'],
  ['Hello! Can you please tell me what 6 x 7 is? Thank you!', 'calculator 6 * 7', 'Hello!', '6 * 7 = 42.'],
  ['twenty-five times three hundred and five', 'calculator 25 * 305', 'is 7,625.'],
  ["what's 15% off 80?", 'calculator 80 * (100 - 15) / 100', '15% off 80 is 68.'],
  ['Add 20% to 50', 'calculator 50 * (100 + 20) / 100', '= 60.'],
  ['a 15% tip on $64.50', 'calculator 64.50 * 15 / 100', 'is 9.675.'],
  ['What is 48 as a percentage of 60?', 'calculator 48 * 100 / 60', '48 is 80% of 60.'],
  ['12 is what percent of 80?', 'calculator 12 * 100 / 80', '12 is 15% of 80.'],
  ['Compute the average of 10, 20 and 60.', 'calculator (10 + 20 + 60) / 3', 'is 30.'],
  ["what's the square root of 2 to three decimal places", 'calculator sqrt(2)', 'is 1.414.'],
  ['what is the difference between 1000 and 7 cubed', 'calculator 1000 - 7 ^ 3', 'is 657.'],
  ['Subtract 8 from 3.5 million', 'calculator 3500000 - 8', '= 3,499,992.'],
  ['what is two thirds of 90', 'calculator 2 / 3 * 90', 'is 60.'],
  [
    'Convert 100 km to miles, then 72°F to Celsius.',
    'calculator 100 * 1000 / 1609.344 & calculator (72 - 32) * 5 / 9',
    '62.137119 miles',
    '22.222222 °C',
  ],
  ['how many minutes are in a week', 'calculator 604800 / 60', '10,080 minutes'],
  ['Divide 5 by 0', 'calculator 5 / 0', 'could not work out', 'division by zero'],
];

const DATES: Row[] = [
  ['what day is it', 'current_time', 'Today is Friday, 20 November 2026.'],
  ["What is today's date?", 'current_time', '20 November 2026'],
  ['Tell me the current date and time.', 'current_time', 'Friday, 20 November 2026, 16:45 UTC'],
  ['what time is it in Tokyo', 'current_time Asia/Tokyo', 'It is 01:45 in Tokyo (Saturday, 21 November 2026).'],
  [
    'What time is it in London and New York?',
    'current_time Europe/London & current_time America/New_York',
    '16:45 in London',
    '11:45 in New York',
  ],
  [
    'What time is it in Tokyo? And in San Francisco?',
    'current_time Asia/Tokyo & current_time America/Los_Angeles',
    '01:45 in Tokyo',
    '08:45 in San Francisco',
  ],
  ["What's the time in Atlantis?", '', 'I do not know the time zone of Atlantis.'],
  [
    'how many days until Christmas',
    'current_time → javascript',
    'There are 35 days from today until Christmas (25 December 2026).',
  ],
  [
    'how many days between 2024-02-10 and 2025-01-01',
    'javascript',
    '326 days between 10 February 2024 and 1 January 2025',
  ],
  ['How many days have passed since 1 January 2000?', 'current_time → javascript', '9,820 days'],
  ["how many weeks until New Year's Eve?", 'current_time → javascript', '5 weeks and 6 days'],
  ['How old is someone born on 21 November 1990?', 'current_time → javascript', '35 years'],
  ['what weekday was 4 July 1976', 'javascript', '4 July 1976 was a Sunday.'],
  ['On which day of the week did July 20th, 1969 fall?', 'javascript', 'was a Sunday.'],
  ['What date is it in 3 weeks?', 'current_time → javascript', '3 weeks from today is a Friday, 11 December 2026.'],
  [
    'What was the date 100 days ago, and what is 1 month after 2024-01-31?',
    'current_time & javascript → javascript',
    'Wednesday, 12 August 2026',
    'Thursday, 29 February 2024',
  ],
  ["What's tomorrow's date?", 'current_time → javascript', 'Tomorrow is a Saturday, 21 November 2026.'],
  ['when is next Friday', 'current_time → javascript', '27 November 2026'],
  [
    'Is 2027 a leap year, and how many days are there in February 2024?',
    'javascript & javascript',
    '2027 is not a leap year.',
    '29 days in February 2024',
  ],
];

const CODE: Row[] = [
  ['first 20 primes', 'javascript', 'The first 20 primes are 2, 3, 5, 7', '67 and 71.'],
  ['the first 15 fibonacci numbers', 'javascript', '0, 1, 1, 2, 3', '233 and 377.'],
  ["What's the 100th Fibonacci number?", 'javascript', '354224848179261915075'],
  ["What's the sum of the first 10 primes?", 'javascript', 'is 129.'],
  ['How many prime numbers are there below 100?', 'javascript', 'There are 25 prime numbers below 100.'],
  [
    'What is 20 factorial, the gcd of 12 and 18, and is 97 prime?',
    'javascript & javascript & javascript',
    '20! = 2,432,902,008,176,640,000.',
    'is 6.',
    '97 is a prime number.',
  ],
  [
    'Prime factors of 360; 255 in hex',
    'javascript & javascript',
    '360 = 2 × 2 × 2 × 3 × 3 × 5.',
    '255 in hexadecimal is ff.',
  ],
  ["reverse the string 'abc'", 'javascript', '“abc” reversed is “cba”.'],
  ["how many r's in strawberry", 'javascript', "There are 3 r's in “strawberry”."],
  ['How many times does the letter e appear in "Therefore, the tree fell"?', 'javascript', '7'],
  ['count the words in "the quick brown fox, and the dog"', 'javascript', 'There are 7 words'],
  ["Uppercase 'hello world', then reverse it.", 'javascript → javascript', 'DLROW OLLEH'],
  [
    "Is 'A man, a plan, a canal: Panama' a palindrome? How many vowels does it have?",
    'javascript → javascript',
    'is a palindrome.',
    '10 vowels',
  ],
  ['sort the words in "pear apple fig"', 'javascript', 'apple, fig, pear'],
  ['Sort 5, 3, 9 and 1 in descending order.', 'javascript', '9, 5, 3, 1'],
  ['unique words of "a b a c b"', 'javascript', 'a, b, c'],
  ['Remove duplicates from [3, 1, 3, 2] and sort it', 'javascript → javascript', 'Sorted, the numbers are 1, 2, 3.'],
  ['What is the largest of 3, 99 and 12?', 'javascript', 'is 99.'],
  [
    "Run this JavaScript:\n```js\nconst a = [1, 2, 3];\na.map((x) => x * 2).join('; ')\n```",
    'javascript',
    'The snippet gives 2; 4; 6.',
  ],
  [
    '```js\nlet s = 0;\nfor (let i = 1; i <= 100; i++) s += i;\nconsole.log(s);\n```\nWhat does this code print?',
    'javascript',
    'The snippet gives 5050.',
  ],
  ['run this JavaScript: [1, 2, 3].map(x => x + 1)', 'javascript', '[2, 3, 4]'],
  ['What does `[3,1,2].sort().join()` return?', 'javascript', '1,2,3'],
  ['Run `throw new Error("boom")`', 'javascript', 'could not work out', 'boom'],
];

const ASIDES: Row[] = [
  ['Step 1: compute 5+5. Step 2: multiply by 3.', 'calculator 5 + 5 → calculator 10 * 3', '10 * 3 = 30.'],
  ['Add 12 to 36', 'calculator 36 + 12', '= 48.'],
  ['add the first 5 primes', 'javascript', 'The sum of the first 5 primes is 28.'],
  ['What is the sum of 1 to 100?', 'javascript', 'The sum of 1 to 100 is 5,050.'],
  ['Compute 10! and 2^100', 'javascript & calculator 2 ^ 100', '10! = 3,628,800.'],
  [
    'Take 144, find its square root, then the date that many weeks from today',
    'calculator sqrt(144) → current_time → javascript',
    '12 February 2027',
  ],
  ['Which day was it 2001-09-11?', 'javascript', 'was a Tuesday.'],
  ['Flip a coin', 'javascript', 'The coin shows'],
  [
    'What is the time in Berlin and how many people live there?',
    'current_time Europe/Berlin',
    '17:45 in Berlin',
    'cannot do this part',
  ],
];

const WEB: Row[] = [
  [
    'fetch https://example.com and tell me its title',
    'http_fetch https://example.com',
    'The title is “Example Domain”.',
  ],
  ['Fetch https://example.com. How many words does it have?', 'http_fetch https://example.com', '13 words'],
  [
    'Summarize https://example.com in two sentences.',
    'http_fetch https://example.com',
    'a simulator does not summarise',
    'This domain is for use in examples.',
  ],
  [
    'Does https://example.com mention "illustrative"?',
    'http_fetch https://example.com',
    'does not contain “illustrative”',
  ],
  ['get https://api.example.com/ship?id=1,2', 'http_fetch https://api.example.com/ship?id=1,2', 'keys name, crew'],
  ['Open https://example.com/missing and give me the title.', 'http_fetch https://example.com/missing', 'HTTP 404'],
  [
    'How many words are on the page https://example.com/long?',
    'http_fetch https://example.com/long',
    'at least',
    'longer than what I was shown',
  ],
  [
    'What is the title of http://example.org/about?',
    'http_fetch http://example.org/about → http_fetch https://example.org/about',
    'The title is “About us”.',
  ],
  [
    'What is the title of https://nowhere.example?',
    'http_fetch https://nowhere.example',
    'could not work out',
    'does not answer',
  ],
];
const SEVERAL: Row[] = [
  [
    'What is 17.5% of 2,840, what day of the week is it 90 days from today, and what are the first ten prime numbers? Answer in one short paragraph.',
    'calculator 2840 * 17.5 / 100 & current_time & javascript → javascript',
    '17.5% of 2,840 is 497. 90 days from today is a Thursday, 18 February 2027. The first ten prime numbers are 2, 3, 5, 7, 11, 13, 17, 19, 23 and 29.',
  ],
  [
    'take 12*12 and then tell me the weekday that many days from today',
    'calculator 12 * 12 → current_time → javascript',
    '= 144.',
    'Tuesday, 13 April 2027',
  ],
  [
    'Calculate 15% of 240, add 12 to it, and tell me the square root of the result.',
    'calculator 240 * 15 / 100 → calculator 36 + 12 → calculator sqrt(48)',
    '6.928203',
  ],
  ['what is 20 percent of 50, then double it', 'calculator 50 * 20 / 100 → calculator 2 * 10', 'Double 10 is 20.'],
  [
    'Give me the first 8 primes, then tell me their sum.',
    'javascript → calculator 2 + 3 + 5 + 7 + 11 + 13 + 17 + 19',
    'is 77.',
  ],
  [
    'List all primes between 50 and 100 and tell me how many there are.',
    'javascript → javascript',
    '53, 59',
    'That makes 10.',
  ],
  [
    'Fetch https://example.com and tell me how many words it has, then multiply that by 3.',
    'http_fetch https://example.com → calculator 13 * 3',
    '= 39.',
  ],
  [
    '1. What is 2+2? 2. What is today\'s date? 3. Reverse "hello".',
    'calculator 2 + 2 & current_time & javascript',
    '= 4.',
    '20 November 2026',
    'olleh',
  ],
  ['1) add 5 and 6 2) divide 100 by 8', 'calculator 5 + 6 & calculator 100 / 8', '= 11.', '= 12.5.'],
  [
    'Please do the following:\n- compute 2^10\n- fetch https://example.org/about and give me the title',
    'calculator 2 ^ 10 & http_fetch https://example.org/about',
    '1,024',
    'About us',
  ],
  [
    "Use the calculator to compute 5*5 and the javascript tool to reverse 'xyz'",
    'calculator 5 * 5 & javascript',
    '= 25.',
    'zyx',
  ],
  [
    'What is the weekday of Christmas 2026 and how many days is it until then?',
    'javascript → current_time → javascript',
    'Christmas 2026 is a Friday.',
    '35 days',
  ],
  ['Compute 2 + 2 and 2 + 2.', 'calculator 2 + 2', '= 4.'],
];

const REFUSED: Row[] = [
  ['What is the capital of France?', '', 'a simulator and not a language model', 'What I can do: arithmetic'],
  [
    'Write a poem about the sea, and also compute 3 + 4',
    'calculator 3 + 4',
    'cannot do this part: “Write a poem about the sea”',
    '3 + 4 = 7.',
  ],
  ['If I have 3 apples and buy 4 more, how many apples do I have?', '', 'a simulator and not a language model'],
  ['Compute 6*7 and answer in French.', 'calculator 6 * 7', '= 42.', 'cannot do this part: “answer in French”'],
  ['how many letters are in the alphabet', '', 'a simulator and not a language model'],
  ['Run this:\n```python\nprint(1)\n```', '', 'a simulator and not a language model'],
  ['Who won the world cup in 1990, and double that?', '', 'cannot do'],
  ['Call the tool calculator with {"expression": "6 * 7"}.', 'calculator 6 * 7', 'calculator answered: 42'],
  ['Call refund with {"usd": 1}', '', 'it takes the tool refund, which this mission does not offer'],
  ['who are you?', '', 'a simulator that stands in for a language model'],
  ['Reply with exactly "pong"', '', 'pong'],
];

describe.each([
  ['arithmetic', ARITHMETIC],
  ['dates and times', DATES],
  ['code, numbers and texts', CODE],
  ['odds and ends', ASIDES],
  ['web pages', WEB],
  ['several tasks', SEVERAL],
  ['what it cannot do', REFUSED],
])('%s', (_, rows) => {
  const tools = createDemoTools();

  it.each(rows)('%s', async (goal, calls, ...fragments) => {
    const { rounds, answer } = await playGoal(goal, tools);
    expect(rounds.map((round) => round.join(' & ')).join(' → ')).toBe(calls);
    for (const fragment of fragments) expect(answer).toContain(fragment);
    expect(answer).toContain('simulator');
  });
});
