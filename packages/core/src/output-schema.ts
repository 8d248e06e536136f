import { z } from 'zod';
import type { JsonObject } from './json.ts';
import { isStorableJson, UNSTORABLE } from './storable-json.ts';

/** How much may be written in a schema: every model call of its mission carries it. */
export const OUTPUT_SCHEMA_MAX_CHARS = 20_000;

const typeName = z.enum(['object', 'array', 'string', 'number', 'integer', 'boolean', 'null']);
const count = z.int().min(0);
const text = z.string();

/**
 * The keywords of JSON Schema (2020-12) that are understood. The others are refused, not passed over: who writes one
 * relies on it. `pattern` is not among them, since an expression that runs for hours would hold up a worker, nor is
 * `$ref`, since a schema that leads back to itself would.
 */
const schemaSchema = z.strictObject({
  type: z.union([typeName, z.array(typeName).min(1)]).optional(),
  title: text.optional(),
  description: text.optional(),
  enum: z.array(z.json()).min(1).max(500).optional(),
  const: z.json().optional(),
  format: z.enum(['date-time', 'date', 'time', 'email', 'uri', 'uuid', 'ipv4', 'ipv6']).optional(),
  minLength: count.optional(),
  maxLength: count.optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  exclusiveMinimum: z.number().optional(),
  exclusiveMaximum: z.number().optional(),
  multipleOf: z.number().positive().optional(),
  minItems: count.optional(),
  maxItems: count.optional(),
  required: z.array(text).max(500).optional(),
  get properties() {
    return z.record(text, schemaSchema).optional();
  },
  get items() {
    return schemaSchema.optional();
  },
  get anyOf() {
    return z.array(schemaSchema).min(1).optional();
  },
  get allOf() {
    return z.array(schemaSchema).min(1).optional();
  },
  get additionalProperties() {
    return z.union([z.boolean(), schemaSchema]).optional();
  },
});

/** A JSON Schema of an object or an array, bounded, of known keywords only. As it was given, it is a `JsonObject`. */
export const outputSchemaSchema = z
  .record(z.string(), z.json())
  .superRefine((schema, context) => {
    if (JSON.stringify(schema).length > OUTPUT_SCHEMA_MAX_CHARS) {
      context.addIssue({ code: 'custom', message: `must be at most ${OUTPUT_SCHEMA_MAX_CHARS} characters of JSON` });
      return;
    }
    if (!isStorableJson(schema)) {
      context.addIssue({ code: 'custom', message: UNSTORABLE });
      return;
    }
    const parsed = schemaSchema.safeParse(schema, { reportInput: true });
    if (!parsed.success) {
      for (const issue of parsed.error.issues) context.addIssue({ ...issue });
      return;
    }
    if (parsed.data.type === 'object' || parsed.data.type === 'array') return;
    context.addIssue({ code: 'custom', path: ['type'], message: 'must be "object" or "array"' });
  })
  .transform((schema): JsonObject => schema)
  .meta({
    description: `A JSON Schema (2020-12) of type object or array, of at most ${OUTPUT_SCHEMA_MAX_CHARS} characters, without pattern and $ref.`,
  });
