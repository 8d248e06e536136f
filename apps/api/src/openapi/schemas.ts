import { z } from 'zod';

/** A schema as JSON Schema (2020-12) has it, which is what OpenAPI 3.1 takes. */
export type JsonSchema = z.core.JSONSchema.BaseSchema;

export type DescribedSchemas = {
  /** One of those that were given; where it has an id, a reference to its component. */
  of(schema: z.ZodType): JsonSchema;
  /** Those with an id, and those with one that they are made of. */
  components: Readonly<Record<string, JsonSchema>>;
};

const DEFS = '#/$defs/';
const COMPONENTS = '#/components/schemas/';

/**
 * Describes what goes over the wire: of a schema that changes what it reads, what it reads. All in one go, so that what
 * several of them are made of is described once.
 * @throws {Error} for a schema that cannot be described, and for two that share an id
 */
export function describeSchemas(schemas: readonly z.ZodType[]): DescribedSchemas {
  const places = new Map([...new Set(schemas)].map((schema, index) => [schema, `schema${index}`]));
  const all = z.object(Object.fromEntries([...places].map(([schema, place]) => [place, schema])));
  const { properties = {}, $defs = {} } = z.toJSONSchema(all, { io: 'input', override: tidyUp });
  const unnamed = Object.keys($defs).filter((name) => name.startsWith('__schema'));
  for (const name of unnamed) {
    if (!isAnyJson($defs[name])) throw new Error('A schema that leads back to itself needs an id: .meta({ id })');
  }
  const components = Object.fromEntries(Object.entries($defs).filter(([name]) => !unnamed.includes(name)));
  for (const schema of [...Object.values(properties), ...Object.values(components)]) mendReferences(schema);
  return {
    components,
    of(schema) {
      const described = properties[places.get(schema) ?? ''];
      if (typeof described !== 'object') throw new Error('This schema was not among those that were described');
      return described;
    },
  };
}

type Override = NonNullable<NonNullable<Parameters<typeof z.toJSONSchema>[1]>['override']>;

const FORMATS_THAT_SAY_IT = new Set(['date-time', 'date']);

/** Leaves out what is noise to a reader, and tells the defaults of what is read as text. */
function tidyUp({ zodSchema, jsonSchema }: Parameters<Override>[0]): void {
  if (zodSchema instanceof z.ZodDefault) jsonSchema.default = zodSchema.def.defaultValue;
  // Whole numbers in a query are said to be some, though they arrive as text.
  if (jsonSchema.type !== 'string' || FORMATS_THAT_SAY_IT.has(jsonSchema.format ?? '')) delete jsonSchema.pattern;
  // What JSON readers can hold exactly; no limit of ours.
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
}

/** `z.json()`, which leads back to itself. JSON Schema says as much by saying nothing. */
function isAnyJson(schema: JsonSchema | undefined): boolean {
  const types = schema?.anyOf?.map(({ type }) => type) ?? [];
  return types.join() === 'string,number,boolean,null,array,object';
}

function mendReferences(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  if ('$ref' in value && typeof value.$ref === 'string') {
    if (value.$ref.startsWith(`${DEFS}__schema`)) delete value.$ref;
    else value.$ref = value.$ref.replace(DEFS, COMPONENTS);
  }
  for (const inner of Object.values(value)) mendReferences(inner);
}
