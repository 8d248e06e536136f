import { IDEMPOTENCY_KEPT_MS } from '@flotilla/core';
import { Prisma } from '../generated/prisma/client.ts';
import { lookedUp, recordset } from '../statement.ts';

/** Whose key it is, and for which route. */
export type RecordKey = { accountId: string; route: string; key: string };

/** What is to be remembered of a request. */
export type NewRecord = RecordKey & {
  /** Of its payload: another one must not come with the same key. */
  fingerprint: string;
  status: number;
  /** What it is answered; `null`: that is only known when its mission is stored. */
  response: object | null;
};

/** A record, the mission that it is stored together with, and the one that it names. */
export type AnchoredRecord = NewRecord & { anchorId: string; missionId: string | null };

/**
 * Those of the records that are this statement's to write, as rows for a `MATERIALIZED` part of it: nobody has written
 * them, and nobody is about to. What another statement is about to write is left out rather than waited for, so that no
 * batch stands still for one of its items. The lock ends with the statement, whatever becomes of its process.
 *
 * The lock only spares waiting. What makes a key hold is the primary key: who saw the table before another's commit and
 * took the lock after it fails there, with all that it would have stored (`isTaken`).
 */
export function openRecords(records: readonly AnchoredRecord[]): Prisma.Sql {
  return Prisma.sql`
    SELECT r.*
    FROM ${recordset(records)} AS r("accountId" text, route text, key text, fingerprint text, status int, response json,
                                    "anchorId" text, "missionId" text)
    WHERE ${lookedUp('accountId')}
      AND pg_try_advisory_xact_lock(hashtextextended(concat_ws(' ', r."accountId", r.route, r.key), 0))
      AND NOT EXISTS (
        SELECT FROM idempotency_records k WHERE k.account_id = r."accountId" AND k.route = r.route AND k.key = r.key
      )`;
}

/** Writes those of the `open` records whose mission the statement has `created`. */
export const KEEP_RECORDS = Prisma.sql`
  INSERT INTO idempotency_records (account_id, route, key, fingerprint, mission_id, status, response, expires_at)
  SELECT o."accountId", o.route, o.key, o.fingerprint, o."missionId", o.status, o.response,
         now() + ${IDEMPOTENCY_KEPT_MS}::int * interval '1 millisecond'
  FROM open o JOIN created c ON c.id = o."anchorId"`;

/** The record of a key. */
export function isOf({ accountId, route, key }: RecordKey): Prisma.Sql {
  return Prisma.sql`account_id = ${accountId} AND route = ${route} AND key = ${key}`;
}
