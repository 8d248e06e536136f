import { z } from 'zod';
import type { JsonValue } from './json.ts';

export const UNSTORABLE = 'must not contain the null character or half of a surrogate pair';

/** Whether Postgres can hold it in `jsonb`, which refuses U+0000 and halves of surrogate pairs, in keys too. */
export function isStorableJson(value: JsonValue): boolean {
  if (typeof value === 'string') return isStorableString(value);
  if (typeof value !== 'object' || value === null) return true;
  if (Array.isArray(value)) return value.every(isStorableJson);
  return Object.entries(value).every(([key, inner]) => isStorableString(key) && isStorableJson(inner));
}

/** Also what `text` refuses. */
export function isStorableString(value: string): boolean {
  return value.isWellFormed() && !value.includes('\0');
}

/** Any JSON that Postgres can hold. */
export const storableJson = z.json().refine(isStorableJson, { error: UNSTORABLE });

/** A JSON object that it can hold. */
export const storableJsonObject = z.record(z.string(), z.json()).refine(isStorableJson, { error: UNSTORABLE });
