import { expect, it } from 'vitest';
import { readPoolOverload } from './overload.ts';

it('the database has too much to do when 25 statements wait for each of its connections', () => {
  expect(readPoolOverload({ max: 20, waiting: 499 })).toBeNull();
  expect(readPoolOverload({ max: 20, waiting: 500 })).toBe('database_pool');
});
