import { LEASE_EXPIRES_AFTER_MS, SWEEP_EVERY_MS } from '@flotilla/core';
import { Prisma } from '../generated/prisma/client.ts';

/** One rule that holds over the whole database, and the rows that break it. */
export type AuditCheck = {
  /** snake_case, never reused. */
  name: string;
  /** The rule, as a sentence. */
  rule: string;
  /** Selects one text column, `id`: a row of it for each violation. Reads only. */
  violations: Prisma.Sql;
};

/** What is overdue for longer than this has been forgotten: a lease to expire, and two turns of the sweep to see it. */
const FORGOTTEN_AFTER_MS = LEASE_EXPIRES_AFTER_MS + 2 * SWEEP_EVERY_MS;

export const FORGOTTEN_AFTER = Prisma.sql`${FORGOTTEN_AFTER_MS}::int * interval '1 millisecond'`;
export const TWO_SWEEPS = Prisma.sql`${2 * SWEEP_EVERY_MS}::int * interval '1 millisecond'`;
