import { z } from 'zod';

/** A moment in ISO 8601, in UTC. */
export const timeView = z.string().meta({ format: 'date-time' });

/** A time as clients see it: ISO 8601 in UTC. */
export function toTime(at: Date): string {
  return at.toISOString();
}

export function toTimeOrNull(at: Date | null): string | null {
  return at === null ? null : toTime(at);
}
