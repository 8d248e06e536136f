import type { EventType } from '@flotilla/core';
import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { runByIndex } from '../statement.ts';
import type { StoredEvent } from './read.ts';

/** A place in an account's log: that of an event in it. `transactionId` has up to 19 digits. */
export type LogPlace = { transactionId: string; missionId: string; sequence: number };
export type LoggedEvent = StoredEvent & LogPlace;

export type LogPage = {
  accountId: string;
  /** `null`: from the beginning. */
  after: LogPlace | null;
  /** Only these; `undefined`: all. */
  types?: readonly EventType[] | undefined;
  limit: number;
};

/** `end`: where the next page begins, also where this one is empty; `null`: at the beginning. */
export type LogPart = { events: LoggedEvent[]; end: LogPlace | null; hasMore: boolean };

const BEGINNING: LogPlace = { transactionId: '0', missionId: '', sequence: 0 };
/** However few of an account's events are wanted, one page looks through so many at most, and may be short. */
const LOOKED_THROUGH = 2_000;

/**
 * A page of all that has happened to an account's missions, in an order that never changes behind a reader's back: by
 * the transaction that wrote it, and within one by mission and sequence.
 *
 * Transactions are numbered when they begin to write, and committed in any order: one with a lower number may become
 * visible after one with a higher. So the log ends, for now, before the oldest transaction that is still under way
 * (`pg_snapshot_xmin`): all before it are over, whatever they have written is seen here, and nothing can come among it
 * any more. No clock has a part in it. A transaction that is long under way holds the log back meanwhile, and loses
 * nothing.
 *
 * A transaction may have its number before it waits for a mission's row: where two met there, the later sequence of the
 * mission comes first.
 */
export async function readAccountLog(client: Client, page: LogPage): Promise<LogPart> {
  const { accountId, after, types, limit } = page;
  const from = after ?? BEGINNING;
  const isWanted = types === undefined ? Prisma.sql`true` : Prisma.sql`l.type = ANY (${[...types]})`;
  const look = types === undefined ? limit + 1 : Math.max(LOOKED_THROUGH, limit + 1);
  const rows = await runByIndex<LoggedEvent & { looked: number | null }>(
    client,
    Prisma.sql`
      WITH looked AS MATERIALIZED (
        SELECT e.* FROM mission_events e
        WHERE e.account_id = ${accountId} AND e.transaction_id >= ${from.transactionId}::bigint
          AND e.transaction_id < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
          AND (e.transaction_id, e.mission_id, e.sequence)
              > (${from.transactionId}::bigint, ${from.missionId}, ${from.sequence}::int)
        ORDER BY e.transaction_id, e.mission_id, e.sequence
        LIMIT ${look}::int
      ), wanted AS (
        SELECT l.*, NULL::int AS looked FROM looked l WHERE ${isWanted}
        ORDER BY l.transaction_id, l.mission_id, l.sequence LIMIT ${limit + 1}::int
      ), last AS (
        SELECT l.*, (SELECT count(*)::int FROM looked) AS looked FROM looked l
        ORDER BY l.transaction_id DESC, l.mission_id DESC, l.sequence DESC LIMIT 1
      )
      SELECT transaction_id::text AS "transactionId", mission_id AS "missionId", sequence, type, data,
             created_at AS "createdAt", looked
      FROM (SELECT * FROM wanted UNION ALL SELECT * FROM last) part
      ORDER BY looked NULLS FIRST, transaction_id, part.mission_id, sequence`,
  );
  const found = rows.flatMap(({ looked, ...event }) => (looked === null ? event : []));
  const events = found.slice(0, limit);
  if (found.length > limit) return { events, end: placeOf(events.at(-1)) ?? after, hasMore: true };
  const last = rows.find(({ looked }) => looked !== null);
  return { events, end: placeOf(last) ?? after, hasMore: last?.looked === look };
}

function placeOf(event: LogPlace | undefined): LogPlace | null {
  if (!event) return null;
  return { transactionId: event.transactionId, missionId: event.missionId, sequence: event.sequence };
}
