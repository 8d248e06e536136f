import type { JsonSchema } from './document.ts';

const NAMES: Readonly<Record<string, string>> = {
  string: 'string',
  number: 'number',
  integer: 'number',
  boolean: 'boolean',
  null: 'null',
};

/** What a schema lets through, as a TypeScript type; what types cannot say, such as lengths, is left out. */
export function toType(schema: JsonSchema): string {
  if (schema.$ref !== undefined) return schema.$ref.replace('#/components/schemas/', '');
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return toUnion(schema.enum.map((value) => JSON.stringify(value)));
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (alternatives) return toUnion(alternatives.map(toType));
  if (schema.allOf) return schema.allOf.map((part) => inBrackets(toType(part))).join(' & ');
  if (Array.isArray(schema.type)) return toUnion(schema.type.map((type) => toType({ ...schema, type })));
  if (schema.type === 'array') return toArray(schema);
  if (schema.type === 'object' || schema.properties) return toObject(schema);
  return NAMES[schema.type ?? ''] ?? 'unknown';
}

/** A comment on a line of its own, or nothing. */
export function toComment(text: string | undefined): string {
  return text === undefined ? '' : `/** ${text.replaceAll('*/', '*\\/').replaceAll(/\s+/g, ' ')} */\n`;
}

/** A member whose value may be left out may also be `undefined`, as it is where it comes out of somebody's variable. */
export function toMember(options: {
  name: string;
  type: string;
  isRequired: boolean;
  comment?: string | undefined;
}): string {
  const { name, type, isRequired, comment } = options;
  const key = /^[A-Za-z_]\w*$/.test(name) ? name : JSON.stringify(name);
  return `${toComment(comment)}${key}${isRequired ? '' : '?'}: ${isRequired ? type : toUnion([type, 'undefined'])};\n`;
}

function toUnion(types: readonly string[]): string {
  const distinct = [...new Set(types)];
  return distinct.includes('unknown') ? 'unknown' : distinct.join(' | ');
}

function inBrackets(type: string): string {
  return / [|&] /.test(type) ? `(${type})` : type;
}

function toArray({ items, prefixItems }: JsonSchema): string {
  if (prefixItems) return `[${prefixItems.map(toType).join(', ')}]`;
  return `${inBrackets(typeof items === 'object' ? toType(items) : 'unknown')}[]`;
}

function toObject({ properties = {}, required = [], additionalProperties }: JsonSchema): string {
  const members = Object.entries(properties).map(([name, property]) =>
    toMember({ name, type: toType(property), isRequired: required.includes(name), comment: property.description }),
  );
  if (typeof additionalProperties === 'object') {
    // Beside members of its own, whatever else there is has to fit them too.
    members.push(`[name: string]: ${members.length > 0 ? 'unknown' : toType(additionalProperties)};\n`);
  } else if (members.length === 0) {
    members.push(`[name: string]: ${additionalProperties === false ? 'never' : 'unknown'};\n`);
  }
  return `{\n${members.join('')}}`;
}
