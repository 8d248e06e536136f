import type { JsonObject } from '@flotilla/core';
import { describe, expect, test } from 'vitest';
import { createSchemaCheck } from './schema-check.ts';

const problemOf = (schema: JsonObject, value: unknown, comparisonsMax?: number) => {
  const verdict = createSchemaCheck(schema, comparisonsMax === undefined ? {} : { comparisonsMax })(value);
  return verdict.kind === 'valid' ? null : verdict.problem;
};

describe('a value', () => {
  const person = {
    type: 'object',
    properties: {
      name: { type: 'string', minLength: 1, maxLength: 3 },
      tags: { type: 'array', items: { enum: ['a', 1] } },
    },
    required: ['name'],
    additionalProperties: { type: 'integer' },
  };
  const either = { anyOf: [{ type: 'null' }, { type: 'object', properties: { n: { type: 'number' } } }] };
  const one = { const: { a: [1, null], b: 'x' } };

  test.each<[JsonObject, unknown]>([
    [{ type: 'integer' }, 3],
    [{ type: ['string', 'null'] }, null],
    [{ type: 'number', minimum: 1, exclusiveMaximum: 2, multipleOf: 0.1 }, 1.1],
    [{ type: 'string', format: 'date' }, '2026-11-27'],
    [person, { name: 'Ann', tags: ['a', 1], age: 3 }],
    [either, null],
    [either, { n: 1 }],
    [one, { b: 'x', a: [1, null] }],
    [{ allOf: [{ type: 'number' }, { minimum: 1 }] }, 1],
    [{ anyOf: [{ type: 'string', const: 'a' }, { enum: ['b'] }, { type: 'number', minimum: 5 }] }, 7],
    [{ minLength: 9, items: false, required: ['a'] }, 1],
  ])('that is valid by %j passes', (schema, value) => {
    expect(problemOf(schema, value)).toBeNull();
  });

  test.each<[JsonObject, unknown, string]>([
    [{ type: 'integer' }, 3.5, 'expected integer, received number'],
    [{ type: ['string', 'null'] }, [], 'expected string or null, received array'],
    [{ type: 'number', exclusiveMaximum: 2 }, 2, 'expected number to be <2'],
    [{ type: 'number', multipleOf: 0.1 }, 0.15, 'a multiple of 0.1'],
    [{ type: 'string', format: 'date' }, 'today', 'Invalid date'],
    [{ type: 'array', maxItems: 1 }, [1, 2], 'at most 1 elements, received 2'],
    [person, {}, 'Missing: "name"'],
    [person, { name: 'Anna' }, 'at most 3 characters, received 4\n  → at name'],
    [person, { name: 'Ann', tags: ['a', 2] }, 'expected one of "a"|1\n  → at tags[1]'],
    [person, { name: 'Ann', age: 'x' }, 'expected integer, received string\n  → at age'],
    [either, { n: 'x' }, 'expected number, received string\n  → at n'],
    [either, 3, 'a kind that no alternative allows'],
    [one, { a: [1, 2], b: 'x' }, 'expected one of {"a":[1,null],"b":"x"}'],
    [{ allOf: [{ type: 'number' }, { minimum: 1 }] }, 0, '>=1'],
    [{ anyOf: [{ type: 'string', const: 'a' }, { enum: ['b'] }, { type: 'string', minLength: 5 }] }, 'c', 'none of'],
    [{ type: 'object', additionalProperties: false }, { x: 1, y: 2 }, 'Unrecognized: "x", "y"'],
    [{ type: 'object', properties: { a: false } }, { a: 1 }, 'nothing may be here'],
  ])('that is not valid by %j is told what is wrong: %j', (schema, value, problem) => {
    expect(problemOf(schema, value)).toContain(problem);
  });

  test('is told no more than can be mended at once', () => {
    const schema = { type: 'array', items: { type: 'string' } };
    expect(
      problemOf(
        schema,
        Array.from({ length: 100 }, () => 1),
      )?.match(/✖/g),
    ).toHaveLength(20);
  });
});

describe('the work', () => {
  const alternatives = (inner: JsonObject): JsonObject => ({
    anyOf: [
      { type: 'array', items: inner },
      { type: 'array', items: inner, maxItems: 2 },
    ],
  });
  let nested: JsonObject = { type: 'string', minLength: 1 };
  for (let level = 0; level < 11; level += 1) nested = alternatives(nested);
  let value: unknown = 1;
  for (let level = 0; level < 11; level += 1) value = [value];
  const tooLarge = expect.stringContaining('too large to check');

  test.each<[string, JsonObject, unknown]>([
    ['alternatives within alternatives', nested, value],
    ['many alternatives for many elements', { items: { anyOf: manyOf(400) } }, elements({ a: 'v399' })],
    ['many properties of many elements', { items: { properties: propertiesOf(500) } }, elements({})],
    [
      'many keys, again and again',
      { allOf: manyOf(400).map(() => ({ additionalProperties: {} })) },
      propertiesOf(5_000),
    ],
    ['long lists, again and again', { allOf: manyOf(400).map(() => ({ items: true })) }, elements(1)],
    [
      'a long text of many formats',
      { anyOf: manyOf(400).map(() => ({ format: 'email', minLength: 1 })) },
      'a'.repeat(1_000_000),
    ],
    ['large values that may be here', { items: { enum: [elements(1), [1]] } }, elements([1])],
  ])('is bounded with %s', (_, schema, given) => {
    expect(problemOf(schema, given, 10_000)).toEqual(tooLarge);
  });

  test('is bounded by what is compared, and a check that needs no more is made to its end', () => {
    const schema = { type: 'array', items: { type: 'string' } };
    expect(
      problemOf(
        schema,
        Array.from({ length: 100 }, () => 'x'),
        300,
      ),
    ).toBeNull();
    expect(
      problemOf(
        schema,
        Array.from({ length: 200 }, () => 'x'),
        300,
      ),
    ).toEqual(tooLarge);
  });

  test('that was done until then is not in vain: what is wrong is told', () => {
    const schema = { type: 'array', items: { type: 'string' } };
    expect(problemOf(schema, [1, ...elements('x')], 300)).toContain('expected string, received number');
  });

  test('is little for a type that is said a hundred times, level by level, or a schema that is nested too deep', () => {
    const type = Array.from({ length: 100 }, () => 'object');
    let schema: JsonObject = { type };
    let deep: unknown = {};
    for (let level = 0; level < 100; level += 1) schema = { type, properties: { a: schema } };
    for (let level = 0; level < 100; level += 1) deep = { a: deep };
    expect(problemOf(schema, deep)).toBeNull();
    for (let level = 0; level < 2_000; level += 1) schema = { properties: { a: schema } };
    for (let level = 0; level < 2_000; level += 1) deep = { a: deep };
    expect(problemOf(schema, deep)).toEqual(tooLarge);
  });
});

function elements(element: number | string | JsonObject | number[]) {
  return Array.from({ length: 10_000 }, () => element);
}

function manyOf(count: number): JsonObject[] {
  return Array.from({ length: count }, (_, index) => ({ properties: { a: { const: `v${index}` } } }));
}

function propertiesOf(count: number): JsonObject {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`p${index}`, {}]));
}
