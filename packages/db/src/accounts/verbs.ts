import type { Client } from '../client.ts';
import { createAccount, findAccount, type NewAccount } from './accounts.ts';
import { createKey, findKey, type NewKey } from './keys.ts';
import { type AccountChange, changeAccount, listAccounts, readAccount } from './manage-accounts.ts';
import { listKeys, markKeysUsed, readKey, revokeKey, rotateKey } from './manage-keys.ts';
import { resealSecrets } from './reseal.ts';
import { type AccountRotation, rotateAccountSecret } from './rotate-secret.ts';
import { type NewLimits, setLimits } from './set-limits.ts';
import { readStanding } from './standing.ts';

/** The tenants. */
export function createAccountVerbs(client: Client) {
  return {
    find: (nameOrId: string) => findAccount(client, nameOrId),
    create: (account: NewAccount) => createAccount(client, account),
    setLimits: (limits: NewLimits) => setLimits(client, limits),
    /** What it may have, and what it has now. */
    standing: (accountId: string) => readStanding(client, accountId),
    read: (nameOrId: string) => readAccount(client, nameOrId),
    list: (page: Parameters<typeof listAccounts>[1]) => listAccounts(client, page),
    change: (change: AccountChange) => changeAccount(client, change),
    /** Stores anew what signs their webhooks, as `reseal` seals it; `null`: it stays as it is. */
    reseal: (reseal: (sealed: string) => string | null) => resealSecrets(client, reseal),
    rotateSecret: (rotation: AccountRotation) => rotateAccountSecret(client, rotation),
  };
}

/** What their clients show. */
export function createKeyVerbs(client: Client) {
  return {
    find: (prefix: string) => findKey(client, prefix),
    create: (key: NewKey) => createKey(client, key),
    read: (key: Parameters<typeof readKey>[1]) => readKey(client, key),
    list: (page: Parameters<typeof listKeys>[1]) => listKeys(client, page),
    rotate: (key: Parameters<typeof rotateKey>[1]) => rotateKey(client, key),
    revoke: (key: Parameters<typeof revokeKey>[1]) => revokeKey(client, key),
    markUsed: (keyIds: readonly string[]) => markKeysUsed(client, keyIds),
  };
}
