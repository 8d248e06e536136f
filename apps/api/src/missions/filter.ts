import { storableText } from '@flotilla/core';
import { z } from 'zod';

/** A moment in ISO 8601 with its offset from UTC. In a query a plus sign is written %2B. */
export const moment = z.iso
  .datetime({ offset: true, error: 'must be a moment such as 2026-01-31T08:00:00Z' })
  .transform((text) => new Date(text))
  // Postgres has no year 0, and nothing of ours is as old.
  .refine((at) => at.getTime() >= 0, { error: 'must not be before 1970' });

/** From `createdAfter` on, and before `createdBefore`. */
export const createdRange = { createdAfter: moment.optional(), createdBefore: moment.optional() };

/** A code or a tag, as it was given. */
export const filterText = storableText(100);
