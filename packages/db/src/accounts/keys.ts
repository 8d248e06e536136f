import type { Scope } from '@flotilla/core';
import { API_KEYS_MAX, API_KEYS_OVER_KEPT, createApiKey, createId } from '@flotilla/core';
import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { runInLine, runStatement } from '../statement.ts';

/** The account has as many API keys as it may (`API_KEYS_MAX`). None was made. */
export class TooManyKeysError extends Error {
  override readonly name = 'TooManyKeysError';

  constructor() {
    super(`an account may have ${API_KEYS_MAX} API keys that can be used`);
  }
}

/** `tier`: its account's. */
export type StoredKey = { id: string; accountId: string; hash: Uint8Array; scopes: string[]; tier: string };

/** The key with this prefix, if it may be used now: not revoked, not expired, its account not disabled. */
export async function findKey(client: Client, prefix: string): Promise<StoredKey | null> {
  const [row] = await runStatement<StoredKey>(
    client,
    Prisma.sql`
      SELECT k.id, k.account_id AS "accountId", k.hash, k.scopes, a.tier
      FROM api_keys k JOIN accounts a ON a.id = k.account_id
      WHERE k.prefix = ${prefix} AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > now())
        AND a.disabled_at IS NULL`,
  );
  return row ?? null;
}

/** `expiresAt`: never, where it is left out. */
export type NewKey = { accountId: string; name: string; scopes: readonly Scope[]; expiresAt?: Date };

/** What there is to tell of a key. */
export type KeyFacts = {
  id: string;
  name: string;
  /** The part of it that may be shown. */
  prefix: string;
  scopes: string[];
  createdAt: Date;
  expiresAt: Date | null;
  revokedAt: Date | null;
  /** To the minute. */
  lastUsedAt: Date | null;
  /** The key that was made in its place. */
  replacedBy: string | null;
};

/** A key as it was made, and in the clear: the one time it can be seen. */
export type MadeKey = { key: string; facts: KeyFacts };

export const KEY_FACTS = {
  id: true,
  name: true,
  prefix: true,
  scopes: true,
  createdAt: true,
  expiresAt: true,
  revokedAt: true,
  lastUsedAt: true,
  replacedBy: true,
} as const;

/** Whether key `k` can be used, as far as its own row says. */
const IS_LIVE = Prisma.sql`(k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > now()))`;

/** Where whoever makes a key of an account stands in line: what `hasRoomFor` counts is exact. */
export const lineOfKeys = (accountId: string) => `API keys of ${accountId}`;

/** Whether an account has fewer keys of a kind that can be used than it may. */
export function hasRoomFor(accountId: string, kind: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`(
    SELECT count(*) FROM (
      SELECT FROM api_keys k WHERE k.account_id = ${accountId} AND ${IS_LIVE} AND ${kind} LIMIT ${API_KEYS_MAX}::int
    ) l) < ${API_KEYS_MAX}::int`;
}

/** CTE that deletes the oldest of an account's keys that are of no use any more, beyond those that its list keeps. */
export function forgottenKeys(accountId: string): Prisma.Sql {
  return Prisma.sql`
    forgotten AS (
      DELETE FROM api_keys WHERE id IN (
        SELECT o.id FROM api_keys o WHERE o.id IN (
          SELECT k.id FROM api_keys k WHERE k.account_id = ${accountId} AND NOT ${IS_LIVE}
          ORDER BY k.id DESC OFFSET ${API_KEYS_OVER_KEPT}::int LIMIT ${API_KEYS_OVER_KEPT}::int
        )
        ORDER BY o.id
        FOR UPDATE SKIP LOCKED
      )
    )`;
}

/**
 * Makes a key. Whoever makes and revokes them again and again leaves no more behind than the list keeps.
 * @throws {TooManyKeysError}
 */
export async function createKey(client: Client, key: NewKey): Promise<MadeKey> {
  const { accountId, name, scopes, expiresAt = null } = key;
  const made = createApiKey();
  const [facts] = await runInLine<KeyFacts>(
    client,
    lineOfKeys(accountId),
    Prisma.sql`
      WITH ${forgottenKeys(accountId)}
      INSERT INTO api_keys AS n (id, account_id, name, prefix, hash, scopes, expires_at)
      SELECT ${createId('apiKey')}, ${accountId}, ${name}, ${made.prefix}, ${Uint8Array.from(made.hash)}::bytea,
             ${[...scopes]}::text[], ${expiresAt}::timestamptz
      WHERE ${hasRoomFor(accountId, Prisma.sql`k.replaced_by IS NULL`)}
      RETURNING ${KEY_COLUMNS}`,
  );
  if (!facts) throw new TooManyKeysError();
  return { key: made.key, facts };
}

/** Of key `n`, as `KeyFacts` has them. */
export const KEY_COLUMNS = Prisma.sql`
  n.id, n.name, n.prefix, n.scopes, n.created_at AS "createdAt", n.expires_at AS "expiresAt", n.revoked_at AS "revokedAt",
  n.last_used_at AS "lastUsedAt", n.replaced_by AS "replacedBy"`;
