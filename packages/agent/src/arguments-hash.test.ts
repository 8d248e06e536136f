import { expect, test } from 'vitest';
import { hashArguments } from './arguments-hash.ts';

test('the same arguments have the same hash, in whatever order their keys came', () => {
  expect(hashArguments({ b: [1, { d: null, c: 'x' }], a: true })).toBe(
    hashArguments({ a: true, b: [1, { c: 'x', d: null }] }),
  );
});

test('any other arguments have another', () => {
  const hashes = [{ a: 1 }, { a: '1' }, { a: [1] }, { a: null }, {}, { a: 1, b: 2 }, [1], '{"a":1}'].map(hashArguments);
  expect(new Set(hashes).size).toBe(hashes.length);
});
