import { z } from 'zod';

/** Postgres' and ISO 8601's years have four digits; an offset from UTC may bring the last of them into one more. */
const YEAR_10000 = Date.UTC(10_000, 0);

/** A moment in ISO 8601 with its offset from UTC. In a query a plus sign is written %2B. */
export const momentSchema = z.iso
  .datetime({ offset: true, error: 'must be a moment such as 2026-01-31T08:00:00Z' })
  .transform((text) => new Date(text))
  // Postgres has no year 0, and nobody means one.
  .refine((at) => at.getTime() >= 0, { error: 'must not be before 1970' })
  .refine((at) => at.getTime() < YEAR_10000, { error: 'must be before the year 10000' });
