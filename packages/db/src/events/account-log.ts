import type { EventType } from '@flotilla/core';
import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { runByIndex, runStatement } from '../statement.ts';
import type { StoredEvent } from './read.ts';

type EventPlace = { transactionId: string; missionId: string; sequence: number };

/**
 * A place in an account's log: that of an event in it. `transactionId` has up to 19 digits. What comes after it happened
 * after `asOf`; `null`: that is not known of it.
 */
export type LogPlace = EventPlace & { asOf: Date | null };
export type LoggedEvent = StoredEvent & EventPlace;

export type LogPage = {
  accountId: string;
  /** `null`: from the beginning. */
  after: LogPlace | null;
  /** Only these; `undefined`: all. */
  types?: readonly EventType[] | undefined;
  limit: number;
};

/**
 * `end`: where the next page begins, also where this one is empty; `null`: at the beginning. `isComplete`: nothing that
 * came after the place it was asked for can have gone with a mission past its retention.
 */
export type LogPart = { events: LoggedEvent[]; end: LogPlace | null; hasMore: boolean; isComplete: boolean };

const BEGINNING: EventPlace = { transactionId: '0', missionId: '', sequence: 0 };
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
  const isComplete = after?.asOf ? await isKeptSince(client, accountId, after.asOf) : true;
  const readAt = new Date();
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
  const isCut = found.length > limit;
  const last = isCut ? events.at(-1) : rows.find(({ looked }) => looked !== null);
  const hasMore = isCut || rows.find(({ looked }) => looked !== null)?.looked === look;
  const end = placeOf(last ?? after, hasMore ? asOfLast(after, last) : readAt);
  return { events, end, hasMore, isComplete };
}

/**
 * Who is in the middle of the log has what happened before its place. Who began at the beginning had what was kept, and
 * is owed no more until he is at the end: that is up to now, though nothing may have happened for long.
 */
function asOfLast(after: LogPlace | null, last: LoggedEvent | undefined): Date | null {
  if (!after?.asOf || !last) return null;
  return last.createdAt > after.asOf ? last.createdAt : after.asOf;
}

function placeOf(event: EventPlace | null, asOf: Date | null): LogPlace | null {
  if (!event) return null;
  return { transactionId: event.transactionId, missionId: event.missionId, sequence: event.sequence, asOf };
}

/** A mission is kept for the account's retention after its last event, and takes its events along when it goes. */
async function isKeptSince(client: Client, accountId: string, at: Date): Promise<boolean> {
  const [row] = await runStatement<{ isKept: boolean }>(
    client,
    Prisma.sql`
      SELECT ${at} >= now() - retention_days * interval '1 day' AS "isKept" FROM accounts WHERE id = ${accountId}`,
  );
  return row?.isKept ?? true;
}
