import { createHash } from 'node:crypto';
import type { JsonValue } from '@flotilla/core';

/** SHA-256 over the arguments as canonical JSON, in hex: the same for the same arguments, in whatever order their keys came. */
export function hashArguments(input: JsonValue): string {
  return createHash('sha256').update(canonicalJson(input)).digest('hex');
}

/** JSON with sorted keys and no white space, after RFC 8785. */
function canonicalJson(value: JsonValue): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const members = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`).join(',')}}`;
}
