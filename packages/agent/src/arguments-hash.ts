import { createHash } from 'node:crypto';
import type { JsonValue } from '@flotilla/core';

/** SHA-256 over the arguments as canonical JSON, in hex: the same for the same arguments, in whatever order their keys came. */
export function hashArguments(input: JsonValue): string {
  return createHash('sha256').update(canonicalJson(input)).digest('hex');
}

/** JSON with sorted keys and no white space, after RFC 8785. Fields that are undefined are none. */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item)).join(',')}]`;
  const members = Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`).join(',')}}`;
}
