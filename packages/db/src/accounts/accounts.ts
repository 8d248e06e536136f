import { createId } from '@flotilla/core';
import type { Client } from '../client.ts';
import { asUnavailable } from '../statement.ts';

/** `maxRunning`, `maxQueued`: missions that may run at once, and lie queued. `webhookSecret`: sealed. */
export type NewAccount = { name: string; tier: string; maxRunning: number; maxQueued?: number; webhookSecret: string };
export type StoredAccount = { id: string; name: string; tier: string; webhookSecret: string };

const shown = { id: true, name: true, tier: true, webhookSecret: true } as const;

export async function findAccount(client: Client, nameOrId: string): Promise<StoredAccount | null> {
  try {
    return await client.account.findFirst({ where: { OR: [{ id: nameOrId }, { name: nameOrId }] }, select: shown });
  } catch (error) {
    throw asUnavailable(error);
  }
}

/** @throws when the name is taken */
export async function createAccount(client: Client, account: NewAccount): Promise<StoredAccount> {
  try {
    return await client.account.create({ data: { id: createId('account'), ...account }, select: shown });
  } catch (error) {
    throw asUnavailable(error);
  }
}
