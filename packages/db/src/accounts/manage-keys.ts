import { createApiKey, createId } from '@flotilla/core';
import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { asUnavailable, runInLine, runStatement } from '../statement.ts';
import {
  forgottenKeys,
  hasRoomFor,
  KEY_COLUMNS,
  KEY_FACTS,
  type KeyFacts,
  lineOfKeys,
  type MadeKey,
  TooManyKeysError,
} from './keys.ts';

type OwnKey = { accountId: string; keyId: string };

/** A key of this account, or `null`: another account's does not exist for it. */
export async function readKey(client: Client, { accountId, keyId }: OwnKey): Promise<KeyFacts | null> {
  try {
    return await client.apiKey.findFirst({ where: { id: keyId, accountId }, select: KEY_FACTS });
  } catch (error) {
    throw asUnavailable(error);
  }
}

/** A page of an account's keys, newest first, those included that are of no use any more. */
export async function listKeys(
  client: Client,
  page: { accountId: string; before: string | null; limit: number },
): Promise<KeyFacts[]> {
  const { accountId, before, limit } = page;
  try {
    return await client.apiKey.findMany({
      where: { accountId, ...(before !== null && { id: { lt: before } }) },
      orderBy: { id: 'desc' },
      take: limit,
      select: KEY_FACTS,
    });
  } catch (error) {
    throw asUnavailable(error);
  }
}

/** `oldExpiresAt`: until when the key it takes the place of goes on. */
export type RotatedKey = MadeKey & { oldExpiresAt: Date };

/**
 * Makes a key like another one in its place, which goes on for `overlapSeconds` beside it, but no longer than it would
 * have. One statement, so that of two who rotate the same key at the same time one finds it replaced.
 * @returns `null` where there is no such key, or it is of no use any more, or was replaced before
 * @throws {TooManyKeysError} when as many replaced ones go on as may, and this one was to
 */
export async function rotateKey(
  client: Client,
  { accountId, keyId, overlapSeconds }: OwnKey & { overlapSeconds: number },
): Promise<RotatedKey | null> {
  const made = createApiKey();
  const id = createId('apiKey');
  const [row] = await runInLine<KeyFacts & { oldExpiresAt: Date | null }>(
    client,
    lineOfKeys(accountId),
    Prisma.sql`
      WITH ${forgottenKeys(accountId)}, room AS MATERIALIZED (
        SELECT WHERE ${overlapSeconds}::float8 <= 0 OR ${hasRoomFor(accountId, Prisma.sql`k.replaced_by IS NOT NULL`)}
      ), old AS MATERIALIZED (
        SELECT id, account_id, name, scopes, expires_at FROM api_keys
        WHERE id = ${keyId} AND account_id = ${accountId} AND revoked_at IS NULL AND replaced_by IS NULL
          AND (expires_at IS NULL OR expires_at > now())
        FOR UPDATE
      ), made AS (
        INSERT INTO api_keys (id, account_id, name, prefix, hash, scopes, expires_at)
        SELECT ${id}::text, account_id, name, ${made.prefix}::text, ${Uint8Array.from(made.hash)}::bytea, scopes, expires_at
        FROM old WHERE EXISTS (SELECT FROM room)
        RETURNING *
      ), replaced AS (
        UPDATE api_keys k
        SET replaced_by = ${id}::text, expires_at = LEAST(k.expires_at, now() + make_interval(secs => ${overlapSeconds}::float8))
        FROM old WHERE k.id = old.id AND EXISTS (SELECT FROM room)
        RETURNING k.expires_at
      )
      SELECT ${KEY_COLUMNS}, r.expires_at AS "oldExpiresAt"
      FROM old LEFT JOIN made n ON true LEFT JOIN replaced r ON true`,
  );
  if (!row) return null;
  const { oldExpiresAt, ...facts } = row;
  if (oldExpiresAt === null) throw new TooManyKeysError();
  return { key: made.key, facts, oldExpiresAt };
}

/** Ends a key; doing it twice is doing it once. `false`: there is no such key. */
export async function revokeKey(client: Client, { accountId, keyId }: OwnKey): Promise<boolean> {
  const rows = await runStatement(
    client,
    Prisma.sql`
      UPDATE api_keys SET revoked_at = COALESCE(revoked_at, now())
      WHERE id = ${keyId} AND account_id = ${accountId}
      RETURNING id`,
  );
  return rows.length > 0;
}

/** Notes that keys have just been used. In the order of their ids, as every process does: two must not wait for each other. */
export async function markKeysUsed(client: Client, keyIds: readonly string[]): Promise<void> {
  await runStatement(
    client,
    Prisma.sql`
      WITH used AS MATERIALIZED (
        SELECT id FROM api_keys WHERE id = ANY(${[...keyIds]}::text[]) ORDER BY id FOR NO KEY UPDATE
      )
      UPDATE api_keys k SET last_used_at = now() FROM used WHERE k.id = used.id`,
  );
}
