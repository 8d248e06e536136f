import { expect, test } from 'vitest';
import { createTurns } from './turns.ts';

test('one piece of work begins when the one before it is over, and not before', async () => {
  const inTurn = createTurns();
  const first = Promise.withResolvers<string>();
  const begun: string[] = [];
  const outcomes = [
    inTurn('here', () => {
      begun.push('first');
      return first.promise;
    }),
    inTurn('here', async () => {
      begun.push('second');
      return 'second';
    }),
  ];
  await new Promise(setImmediate);
  expect(begun).toEqual(['first']);
  first.resolve('first');
  expect(await Promise.all(outcomes)).toEqual(['first', 'second']);
});

test('work on something else does not wait', async () => {
  const inTurn = createTurns();
  const first = Promise.withResolvers<string>();
  const here = inTurn('here', () => first.promise);
  expect(await inTurn('there', async () => 'done')).toBe('done');
  first.resolve('first');
  expect(await here).toBe('first');
});

test('work that fails is its own caller’s failure, and holds up nobody', async () => {
  const inTurn = createTurns();
  const failing = inTurn('here', () => Promise.reject(new Error('the connection is gone')));
  const next = inTurn('here', async () => 'done');
  await expect(failing).rejects.toThrow('the connection is gone');
  expect(await next).toBe('done');
});
