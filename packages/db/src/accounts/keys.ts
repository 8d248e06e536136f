import type { Scope } from '@flotilla/core';
import { createApiKey, createId } from '@flotilla/core';
import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { asUnavailable, runStatement } from '../statement.ts';

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

/** Makes a key. */
export async function createKey(client: Client, key: NewKey): Promise<MadeKey> {
  const made = createApiKey();
  try {
    const facts = await client.apiKey.create({
      data: {
        id: createId('apiKey'),
        accountId: key.accountId,
        name: key.name,
        scopes: [...key.scopes],
        prefix: made.prefix,
        hash: Uint8Array.from(made.hash),
        expiresAt: key.expiresAt ?? null,
      },
      select: KEY_FACTS,
    });
    return { key: made.key, facts };
  } catch (error) {
    throw asUnavailable(error);
  }
}
