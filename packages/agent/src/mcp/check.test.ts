import { expect, test } from 'vitest';
import { createCheck } from './check.ts';

const schema = {
  type: 'object' as const,
  properties: { pattern: { type: 'string', pattern: '^(a+)+$' }, count: { type: 'integer', minimum: 1 } },
  required: ['count'],
  additionalProperties: false,
};

test('arguments are held against the schema of their tool', () => {
  const check = createCheck(schema);
  expect(check({ count: 1, pattern: 'x' })).toBeNull();
  expect(check({ count: 0 })).toContain('count');
  expect(check({})).toContain('count');
  expect(check({ count: 1, other: 1 })).toContain('other');
  expect(check([1])).toBe('The arguments must be an object');
});

test('no expression of a stranger is run', () => {
  expect(createCheck(schema)({ count: 1, pattern: `${'a'.repeat(50)}b` })).toBeNull();
});

test('no schema of a stranger holds up a worker, and its server judges what was not', () => {
  const levels = 18;
  const $defs = Object.fromEntries(
    Array.from({ length: levels }, (_, index) => {
      const next = { $ref: `#/$defs/a${index + 1}` };
      return [`a${index}`, { anyOf: [next, next] }];
    }),
  );
  const doubling = {
    type: 'object',
    properties: { x: { $ref: '#/$defs/a0' } },
    $defs: { ...$defs, [`a${levels}`]: {} },
  };
  expect(createCheck(doubling)({ x: 1 })).toBeNull();
  const wide = Array.from({ length: 300 }, (_, index) => ({ type: 'object', required: [`a${index}`] }));
  const many = { type: 'object', properties: { x: { type: 'array', items: { anyOf: wide } } } };
  expect(createCheck(many)({ x: [{}] })).toContain('none of the alternatives');
  expect(createCheck(many)({ x: Array.from({ length: 10_000 }, () => ({ a299: 1 })) })).toBeNull();
});

test('what older drafts and their generators write costs no call that its server would take', () => {
  const old = {
    type: 'object',
    properties: {
      any: { type: 'any' },
      pair: { type: 'array', items: [{ type: 'string' }, { type: 'number' }] },
      least: { type: 'number', minimum: 1, exclusiveMinimum: true },
      limit: { type: 'integer', default: 10 },
    },
    patternProperties: { '^x-': { type: 'string' } },
    required: ['limit'],
    additionalProperties: false,
  };
  expect(createCheck(old)({ any: 1, pair: [1], least: 1, 'x-a': 'b' })).toBeNull();
});

test('a schema that cannot be understood is left to its server', () => {
  expect(createCheck({ type: 'object', $ref: 'https://example.com/schema' })({ any: 1 })).toBeNull();
});
