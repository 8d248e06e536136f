import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { finish } from '../body/slices.ts';
import { fingerprintOf } from './fingerprint.ts';

const PATH = '/v1/missions';
const of = (path: string, body: unknown): string => finish(fingerprintOf(path, body));

it('is the same for the same value, however its fields are ordered', () => {
  const one = of(PATH, { goal: 'x', metadata: { a: '1', b: '2' }, tags: ['a', 'b'] });
  expect(of(PATH, { tags: ['a', 'b'], metadata: { b: '2', a: '1' }, goal: 'x' })).toBe(one);
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
  expect(new Set(all.map((value) => of(PATH, value))).size).toBe(4);
});

it('is another one for another mission', () => {
  expect(of('/v1/missions/a/retry', {})).not.toBe(of('/v1/missions/b/retry', {}));
});

it('is what it was before it was taken in parts: records of the release before still count', () => {
  const body = { missions: [{ b: 1, a: [{ d: 2, 10: 3, 9: [] }] }, 'x', null, []], a: {}, list: [], 7: 'é"' };
  const text = '{"7":"é\\"","a":{},"list":[],"missions":[{"a":[{"9":[],"10":3,"d":2}],"b":1},"x",null,[]]}';
  expect(of(PATH, body)).toBe(createHash('sha256').update(`${PATH}\n${text}`).digest('base64url'));
});
