import { expect, it } from 'vitest';
import { fingerprintOf } from './fingerprint.ts';

const PATH = '/v1/missions';

it('is the same for the same value, however its fields are ordered', () => {
  const one = fingerprintOf(PATH, { goal: 'x', metadata: { a: '1', b: '2' }, tags: ['a', 'b'] });
  expect(fingerprintOf(PATH, { tags: ['a', 'b'], metadata: { b: '2', a: '1' }, goal: 'x' })).toBe(one);
});

it.each([
  [{ goal: 'y' }],
  [{ goal: 'x', tags: [] }],
  [{ goal: 'x', priority: 1 }],
  [{ goal: 'x', priority: '1' }],
  [[]],
  [null],
  [undefined],
])('is another one for %j', (body) => {
  const all = [body, { goal: 'x' }, { goal: 'x', tags: ['b', 'a'] }, { goal: 'x', tags: ['a', 'b'] }];
  expect(new Set(all.map((value) => fingerprintOf(PATH, value))).size).toBe(4);
});

it('is another one for another mission', () => {
  expect(fingerprintOf('/v1/missions/a/retry', {})).not.toBe(fingerprintOf('/v1/missions/b/retry', {}));
});
