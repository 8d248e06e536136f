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

test('a schema that cannot be understood is left to its server', () => {
  expect(createCheck({ type: 'object', $ref: 'https://example.com/schema' })({ any: 1 })).toBeNull();
});
