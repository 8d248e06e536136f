import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { limitParameter } from '../http/input.ts';
import { describeSchemas } from './schemas.ts';

const describeOne = (schema: z.ZodType) => describeSchemas([schema]).of(schema);

describe('describeSchemas', () => {
  it('describes what is sent, not what is made of it', () => {
    const moment = z.iso.datetime({ offset: true }).transform((text) => new Date(text));
    expect(describeOne(moment)).toEqual({ type: 'string', format: 'date-time' });
    expect(describeOne(z.strictObject({ limit: limitParameter }))).toEqual({
      type: 'object',
      properties: { limit: { type: 'integer', minimum: 1, maximum: 100, default: 20 } },
      additionalProperties: false,
    });
    const either = z.preprocess((value) => value, z.union([z.string(), z.int()]));
    expect(describeOne(either)).toEqual({ type: ['string', 'integer'] });
  });

  it('says of any JSON nothing but its description, however often there is some', () => {
    const open = z
      .json()
      .refine(() => true)
      .describe('Anything.');
    expect(describeOne(z.object({ open, also: z.json(), map: z.record(z.string(), z.json()) }))).toMatchObject({
      properties: { open: { description: 'Anything.' }, also: {}, map: { additionalProperties: {} } },
    });
    expect(describeSchemas([open, z.json()]).components).toEqual({});
  });

  it('describes what has an id once, and refers to it', () => {
    const part = z.object({ name: z.string() }).meta({ id: 'PartOfATest' });
    const { of, components } = describeSchemas([part, z.array(part)]);
    expect(of(part)).toEqual({ $ref: '#/components/schemas/PartOfATest' });
    expect(components['PartOfATest']).toMatchObject({ type: 'object', required: ['name'] });
    expect(components['PartOfATest']).not.toHaveProperty('id');
  });

  it('refuses what it could only describe wrongly: two schemas of one id, and what cannot be sent', () => {
    const one = z.object({ a: z.string() }).meta({ id: 'TwoOfATest' });
    const other = z.object({ b: z.string() }).meta({ id: 'TwoOfATest' });
    expect(() => describeSchemas([z.array(one), z.array(other)])).toThrow(/TwoOfATest/);
    expect(() => describeSchemas([z.date()])).toThrow(/Date/);
    type Tree = { inner: Tree[] };
    const tree: z.ZodType<Tree> = z.object({
      get inner() {
        return z.array(tree);
      },
    });
    expect(() => describeSchemas([tree])).toThrow(/needs an id/);
  });
});
