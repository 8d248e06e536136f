import { describe, expect, it } from 'vitest';
import { OUTPUT_SCHEMA_MAX_CHARS, outputSchemaSchema } from './output-schema.ts';

const pathsIn = (schema: unknown) =>
  outputSchemaSchema
    .safeParse(schema)
    .error?.issues.map((issue) =>
      [...issue.path, ...(issue.code === 'unrecognized_keys' ? issue.keys : [])].join('/'),
    ) ?? [];

describe('an output schema', () => {
  it('is kept as it was given', () => {
    const schema = {
      type: 'object',
      title: 'An answer',
      properties: {
        city: { type: 'string', minLength: 1 },
        when: { type: ['string', 'null'], format: 'date' },
        people: { type: 'array', items: { type: 'object', properties: { age: { type: 'integer', minimum: 0 } } } },
        kind: { anyOf: [{ const: 'a' }, { enum: ['b', 'c'] }] },
      },
      required: ['city'],
      additionalProperties: false,
    };
    expect(outputSchemaSchema.parse(schema)).toEqual(schema);
  });

  it.each([
    [
      'an expression that could run for hours',
      { type: 'object', properties: { a: { pattern: '(a+)+$' } } },
      'properties/a/pattern',
    ],
    [
      'a reference, which could lead back to itself',
      { type: 'object', properties: { a: { $ref: '#' } } },
      'properties/a/$ref',
    ],
    ['a misspelt keyword', { type: 'object', require: ['a'] }, 'require'],
    ['a keyword of the wrong type', { type: 'object', required: 'a' }, 'required'],
    ['an unknown type', { type: 'array', items: { type: 'strin' } }, 'items/type'],
    ['a mere string', { type: 'string' }, 'type'],
    ['no type at all', {}, 'type'],
    ['what Postgres cannot hold', { type: 'object', title: 'a\0b' }, ''],
    ['more than anyone writes', { type: 'object', title: 'x'.repeat(OUTPUT_SCHEMA_MAX_CHARS) }, ''],
  ])('is refused with %s', (_, schema, path) => {
    expect(pathsIn(schema)).toContain(path);
  });

  it('is read in a moment, however it is nested', () => {
    let schema: object = { type: 'object' };
    for (let depth = 0; depth < 300; depth++) schema = { type: 'array', items: schema };
    expect(pathsIn(schema)).toEqual([]);
  });
});
