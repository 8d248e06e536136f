import type { Scope } from '@flotilla/core';
import { createApiKey, createId } from '@flotilla/core';
import type { Client } from '../client.ts';
import { asUnavailable } from '../statement.ts';

export type StoredKey = { id: string; accountId: string; hash: Uint8Array; scopes: string[] };

/** The key with this prefix, if it may be used now: not revoked, not expired, its account not disabled. */
export async function findKey(client: Client, prefix: string): Promise<StoredKey | null> {
  try {
    const row = await client.apiKey.findUnique({
      where: { prefix, revokedAt: null, account: { disabledAt: null } },
      select: { id: true, accountId: true, hash: true, scopes: true, expiresAt: true },
    });
    return row && (row.expiresAt === null || row.expiresAt > new Date()) ? row : null;
  } catch (error) {
    throw asUnavailable(error);
  }
}

export type NewKey = { accountId: string; name: string; scopes: readonly Scope[] };

/** Creates a key and returns it in the clear: the one time it can be seen. */
export async function createKey(client: Client, key: NewKey): Promise<{ id: string; key: string }> {
  const made = createApiKey();
  const id = createId('apiKey');
  await client.apiKey.create({
    data: {
      id,
      accountId: key.accountId,
      name: key.name,
      scopes: [...key.scopes],
      prefix: made.prefix,
      hash: Uint8Array.from(made.hash),
    },
  });
  return { id, key: made.key };
}
