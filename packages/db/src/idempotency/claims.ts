import { IDEMPOTENCY_CLAIM_MS, IDEMPOTENCY_KEPT_MS } from '@flotilla/core';
import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { runStatement } from '../statement.ts';
import { isOf, type RecordKey } from './open-records.ts';

/**
 * Takes a key for a request that is about to be carried out, by more than the one statement that could store its record
 * with it.
 * @returns `false`: somebody else has taken it
 */
export async function claimKey(client: Client, claim: RecordKey & { fingerprint: string }): Promise<boolean> {
  const { accountId, route, key, fingerprint } = claim;
  const taken = await runStatement(
    client,
    Prisma.sql`
      INSERT INTO idempotency_records (account_id, route, key, fingerprint, expires_at)
      VALUES (${accountId}, ${route}, ${key}, ${fingerprint},
              now() + ${IDEMPOTENCY_KEPT_MS}::int * interval '1 millisecond')
      ON CONFLICT (account_id, route, key) DO NOTHING
      RETURNING key`,
  );
  return taken.length > 0;
}

/** Says what the request was answered. `missionId`: whose words the answer holds, and with which it is erased. */
export async function settleClaim(
  client: Client,
  claim: RecordKey & { status: number; response: object; missionId: string | null },
): Promise<void> {
  const { status, response, missionId } = claim;
  await runStatement(
    client,
    Prisma.sql`
      UPDATE idempotency_records
      SET status = ${status}::int, response = ${JSON.stringify(response)}::json, mission_id = ${missionId}::text
      WHERE ${isOf(claim)} AND status IS NULL`,
  );
}

/**
 * Says that nobody is at work on the request any more, and that nobody knows how far it came: as if it had been begun so
 * long ago as tells of those whose process can say nothing any more.
 */
export async function forsakeClaim(client: Client, claim: RecordKey): Promise<void> {
  await runStatement(
    client,
    Prisma.sql`
      UPDATE idempotency_records
      SET created_at = now() - ${IDEMPOTENCY_CLAIM_MS}::int * interval '1 millisecond'
      WHERE ${isOf(claim)} AND status IS NULL`,
  );
}

/** Gives the key back: nothing was done under it, or nothing that may not be done again. */
export async function dropClaim(client: Client, claim: RecordKey): Promise<void> {
  await runStatement(client, Prisma.sql`DELETE FROM idempotency_records WHERE ${isOf(claim)} AND status IS NULL`);
}
