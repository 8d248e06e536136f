import { z } from 'zod';
import { isStorableString, UNSTORABLE } from './storable-json.ts';

/**
 * Text that Postgres can hold. Found out at the insert, what it cannot hold would be a server error, and would take the
 * rows that travel in the same batch with it.
 */
export const storableText = (maxChars: number) =>
  z.string().min(1).max(maxChars).refine(isStorableString, { error: UNSTORABLE });
