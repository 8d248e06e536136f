import { type ModelResponse, RESPONSE_CACHE_MAX_CHARS, RESPONSE_CACHED_FOR_MS } from '@flotilla/core';
import type { Client } from '../client.ts';
import { compress, decompress } from '../compress.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { FORGET_ROWS } from '../idempotency/records.ts';
import { asUnavailable, runStatement } from '../statement.ts';

/** Whose reply it is, and to which question. */
export type ResponseOf = { accountId: string; key: string };

/** What a model replied to this question of this account, if that is still good. */
export async function readResponse(client: Client, { accountId, key }: ResponseOf): Promise<ModelResponse | null> {
  const [row] = await runStatement<{ frame: Uint8Array }>(
    client,
    Prisma.sql`
      SELECT response_zstd AS frame FROM cached_responses
      WHERE account_id = ${accountId} AND key = ${key} AND expires_at > now()`,
  );
  if (!row) return null;
  const response: unknown = JSON.parse((await decompress(row.frame)).toString('utf8'));
  // As `writeResponse` wrote it.
  return response as ModelResponse;
}

/** Keeps a reply to a mission from now on for `RESPONSE_CACHED_FOR_MS`, or until that is deleted. One that is very long is not kept. */
export async function writeResponse(
  client: Client,
  { accountId, key, missionId, response }: ResponseOf & { missionId: string; response: ModelResponse },
): Promise<void> {
  const text = JSON.stringify(response);
  if (text.length > RESPONSE_CACHE_MAX_CHARS) return;
  const frame = await compress(text);
  await runStatement(
    client,
    Prisma.sql`
      INSERT INTO cached_responses (account_id, key, response_zstd, mission_id, expires_at)
      VALUES (${accountId}, ${key}, ${frame}, ${missionId}, now() + ${RESPONSE_CACHED_FOR_MS}::int * interval '1 millisecond')
      ON CONFLICT (account_id, key) DO UPDATE
      SET response_zstd = excluded.response_zstd, mission_id = excluded.mission_id, expires_at = excluded.expires_at
      RETURNING key`,
  );
}

/** Deletes replies that are no longer good. One short batch a call. @returns how many it deleted */
export async function forgetResponses(client: Client): Promise<number> {
  try {
    return await client.$executeRaw`
      DELETE FROM cached_responses WHERE (account_id, key) IN (
        SELECT account_id, key FROM cached_responses WHERE expires_at < now() ORDER BY expires_at LIMIT ${FORGET_ROWS}::int
      )`;
  } catch (error) {
    throw asUnavailable(error);
  }
}
