import { z } from 'zod';
import { isStorableString } from './storable-json.ts';

export const UNSTORABLE = 'must not contain the null character or half of a surrogate pair';

/**
 * Text that Postgres can hold. Found out at the insert, what it cannot hold would be a server error, and would take the
 * rows that travel in the same batch with it.
 */
export const storableText = (maxChars: number) =>
  z.string().min(1).max(maxChars).refine(isStorableString, { error: UNSTORABLE });
