import { Prisma } from '../generated/prisma/client.ts';

/**
 * `room_since` in an UPDATE of accounts `a` that may make room: now, where there was none. Written as well where there is
 * still none, and read only where there is.
 */
export const ROOM_SINCE = Prisma.sql`CASE WHEN a.running >= a.max_running THEN now() ELSE a.room_since END`;

/** How many more missions an account `a` may run now. */
export const ROOM = Prisma.sql`GREATEST(a.max_running - a.running, 0)`;
