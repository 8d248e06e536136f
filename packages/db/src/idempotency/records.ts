import { IDEMPOTENCY_CLAIM_MS, IDEMPOTENCY_KEPT_MS } from '@flotilla/core';
import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { asUnavailable, recordset, runStatement } from '../statement.ts';
import { isOf, type NewRecord, type RecordKey } from './open-records.ts';

/** What a request was answered. */
export type StoredRecord = {
  fingerprint: string;
  /** `null`: it is being carried out, or has broken off (`isForsaken`). */
  status: number | null;
  /** Nobody is carrying it out any more, and nobody knows how far it came. */
  isForsaken: boolean;
  missionId: string | null;
  /** `null`: nobody has been answered yet. */
  response: object | null;
  /** The moment of the missions that were stored with it, too. */
  createdAt: Date;
};

/** What is remembered of a key, or `null`. What is over is deleted here, and the key is free again. */
export async function readRecord(client: Client, of: RecordKey): Promise<StoredRecord | null> {
  const [row] = await runStatement<StoredRecord & { isOver: boolean }>(
    client,
    Prisma.sql`
      SELECT fingerprint, status, mission_id AS "missionId", response, created_at AS "createdAt",
             expires_at <= now() AS "isOver",
             status IS NULL AND created_at <= now() - ${IDEMPOTENCY_CLAIM_MS}::int * interval '1 millisecond' AS "isForsaken"
      FROM idempotency_records WHERE ${isOf(of)}`,
  );
  if (row?.isOver !== true) return row ?? null;
  await runStatement(client, Prisma.sql`DELETE FROM idempotency_records WHERE ${isOf(of)} AND expires_at <= now()`);
  return null;
}

/**
 * Remembers an answer that stored nothing else.
 * @returns `false`: there is one already, and that holds
 */
export async function writeRecord(client: Client, record: NewRecord & { missionId: string | null }): Promise<boolean> {
  const written = await runStatement(
    client,
    Prisma.sql`
      INSERT INTO idempotency_records (account_id, route, key, fingerprint, mission_id, status, response, expires_at)
      SELECT "accountId", route, key, fingerprint, "missionId", status, response,
             now() + ${IDEMPOTENCY_KEPT_MS}::int * interval '1 millisecond'
      FROM ${recordset([record])} AS r("accountId" text, route text, key text, fingerprint text, "missionId" text,
                                       status int, response json)
      ON CONFLICT (account_id, route, key) DO NOTHING
      RETURNING key`,
  );
  return written.length > 0;
}

/**
 * Says what a request is answered that has not been answered yet. Of several that say it at once the first is right.
 * @returns what it is answered; `null`: nothing is remembered of the key
 */
export async function completeRecord(client: Client, of: RecordKey, response: object): Promise<object | null> {
  await runStatement(
    client,
    Prisma.sql`
      UPDATE idempotency_records SET response = ${JSON.stringify(response)}::json WHERE ${isOf(of)} AND response IS NULL`,
  );
  return (await readRecord(client, of))?.response ?? null;
}

/** Small enough that its locks are gone in a moment. */
export const FORGET_ROWS = 1_000;

/**
 * Deletes records that are over. One short batch a call.
 * @returns how many are gone
 */
export async function forgetRecords(client: Client): Promise<number> {
  try {
    return await client.$executeRaw`
      DELETE FROM idempotency_records WHERE (account_id, route, key) IN (
        SELECT account_id, route, key FROM idempotency_records
        WHERE expires_at <= now() ORDER BY expires_at LIMIT ${FORGET_ROWS}::int FOR UPDATE SKIP LOCKED
      )`;
  } catch (error) {
    throw asUnavailable(error);
  }
}
