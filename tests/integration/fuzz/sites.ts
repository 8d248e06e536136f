import type { OpenApi, Schema } from '../api/contract/operations.ts';

/** A place in a body, and what the document says of it. */
export type Site = {
  path: readonly string[];
  schema: Schema;
  /** The JSON types that it may have; `null`: any. An integer is a number too. */
  types: ReadonlySet<string> | null;
};

const DEPTH_MAX = 6;

/** Every place in what a schema describes. In a list, its first item stands for all. */
export function sitesOf(document: OpenApi, root: Schema): Site[] {
  function resolve(schema: Schema): Schema {
    const name = schema.$ref?.replace('#/components/schemas/', '');
    return name === undefined ? schema : resolve(document.components.schemas[name] ?? {});
  }

  function typesOf(given: Schema): ReadonlySet<string> | null {
    const schema = resolve(given);
    if (schema.anyOf) {
      const types = schema.anyOf.map(typesOf);
      return types.some((type) => type === null) ? null : new Set(types.flatMap((type) => [...(type ?? [])]));
    }
    if (schema.type === undefined) return null;
    return new Set([schema.type].flat());
  }

  function walk(given: Schema, path: readonly string[]): Site[] {
    const schema = resolve(given);
    const own: Site = { path, schema, types: typesOf(schema) };
    if (path.length >= DEPTH_MAX) return [own];
    // Of several forms it is not known which one a value has: only the places in the only object are told.
    const objects = (schema.anyOf ?? [schema]).map(resolve).filter(({ type }) => type === 'object' || type === 'array');
    const [only] = objects;
    if (!only || objects.length > 1) return [own];
    const inner = Object.entries(only.properties ?? {}).flatMap(([name, field]) => walk(field, [...path, name]));
    const items = only.items ? walk(only.items, [...path, '0']) : [];
    const others = typeof only.additionalProperties === 'object' ? walk(only.additionalProperties, [...path, 'k']) : [];
    return [own, ...inner, ...items, ...others];
  }

  return walk(root, []);
}

/** A copy of a body with something else in one place; `undefined` takes away what is there. */
export function withValue(body: unknown, path: readonly string[], value: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  const inner = withValue(isRecord(body) ? body[step] : undefined, rest, value);
  if (Array.isArray(body)) return body.toSpliced(Number(step), 1, inner);
  if (step === '0' && !isRecord(body)) return [inner];
  return Object.fromEntries([...Object.entries(isRecord(body) ? body : {}), [step, inner]]);
}

export function valueAt(body: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, step) => (isRecord(value) ? value[step] : undefined), body);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
