import { expect, it } from 'vitest';
import { readPoolOverload } from './overload.ts';

it('the database has too much to do when a statement waits two seconds for a connection', () => {
  expect(readPoolOverload(1_999)).toBeNull();
  expect(readPoolOverload(2_000)).toBe('database_pool');
});
