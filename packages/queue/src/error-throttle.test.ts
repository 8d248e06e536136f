import { expect, it } from 'vitest';
import { createErrorThrottle, type ErrorContext } from './error-throttle.ts';

function setup() {
  const clock = { at: 0 };
  const seen: (ErrorContext & { message: string })[] = [];
  const report = createErrorThrottle({
    everyMs: 1_000,
    now: () => clock.at,
    onError: (error, context) => seen.push({ message: error.message, ...context }),
  });
  return { clock, seen, report };
}

it('reports one error of a kind per period, and how many it held back', () => {
  const { clock, seen, report } = setup();
  for (let index = 0; index < 5_000; index += 1) report(new Error('READONLY'), 'consume');
  clock.at = 1_000;
  report(new Error('READONLY'), 'consume');
  expect(seen).toEqual([
    { message: 'READONLY', where: 'consume', repeated: 0 },
    { message: 'READONLY', where: 'consume', repeated: 4_999 },
  ]);
});

it('takes messages that differ in ids and numbers for one kind', () => {
  const { seen, report } = setup();
  report(new Error('Missing key for job mis_0199a0b1c2d3-1. moveToFinished'), 'consume');
  report(new Error('Missing key for job mis_0299ffb1c2d3-7. moveToFinished'), 'consume');
  expect(seen).toHaveLength(1);
});

it('keeps places and kinds apart, and makes an error of whatever was thrown', () => {
  const { seen, report } = setup();
  report('refused', 'ring');
  report('refused', 'consume');
  report(new Error('other'), 'ring');
  expect(seen.map(({ where, message }) => [where, message])).toEqual([
    ['ring', 'refused'],
    ['consume', 'refused'],
    ['ring', 'other'],
  ]);
});

it('remembers a bounded number of kinds', () => {
  const { seen, report } = setup();
  const letters = (index: number) => Array.from(String(index), (digit) => 'ghijklmnop'[Number(digit)]).join('');
  for (let index = 0; index < 101; index += 1) report(new Error(letters(index)), 'ring');
  report(new Error(letters(100)), 'ring');
  report(new Error(letters(0)), 'ring');
  expect(seen).toHaveLength(102);
});
