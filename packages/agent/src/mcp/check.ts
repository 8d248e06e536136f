import type { JsonObject, JsonValue } from '@flotilla/core';
import { z } from 'zod';

/** Keywords with an expression in them, which a stranger may have made to run for hours. */
const EXPRESSIONS = new Set(['pattern', 'patternProperties', 'format']);

/**
 * Holds arguments against the schema that a server gave for them, as far as it can be understood: the server judges in
 * the end.
 */
export function createCheck(inputSchema: JsonObject): (input: unknown) => string | null {
  let schema: z.ZodType | undefined;
  return (input) => {
    if (typeof input !== 'object' || input === null || Array.isArray(input)) return 'The arguments must be an object';
    schema ??= toSchema(inputSchema);
    const parsed = schema.safeParse(input);
    return parsed.success ? null : z.prettifyError(parsed.error);
  };
}

function toSchema(inputSchema: JsonObject): z.ZodType {
  try {
    return z.fromJSONSchema(withoutExpressions(inputSchema));
  } catch {
    return z.unknown();
  }
}

function withoutExpressions(schema: JsonObject): JsonObject {
  const kept: JsonObject = {};
  for (const [key, value] of Object.entries(schema)) {
    // Below `properties`, keys are names: one may be called pattern.
    if (key === 'properties' && isObject(value)) {
      kept[key] = Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, stripped(inner)]));
    } else if (!EXPRESSIONS.has(key)) {
      kept[key] = stripped(value);
    }
  }
  return kept;
}

function stripped(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(stripped);
  return isObject(value) ? withoutExpressions(value) : value;
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
