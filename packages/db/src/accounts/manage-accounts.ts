import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { asUnavailable, runStatement } from '../statement.ts';

/** What an operator is told of an account; `running`: its missions that run now. */
export type AccountFacts = {
  id: string;
  name: string;
  tier: string;
  maxRunning: number;
  maxQueued: number;
  running: number;
  retentionDays: number;
  disabledAt: Date | null;
  createdAt: Date;
};

const FACTS = {
  id: true,
  name: true,
  tier: true,
  maxRunning: true,
  maxQueued: true,
  running: true,
  retentionDays: true,
  disabledAt: true,
  createdAt: true,
} as const;

export async function readAccount(client: Client, nameOrId: string): Promise<AccountFacts | null> {
  try {
    return await client.account.findFirst({ where: { OR: [{ id: nameOrId }, { name: nameOrId }] }, select: FACTS });
  } catch (error) {
    throw asUnavailable(error);
  }
}

/** A page of all accounts, by name. */
export async function listAccounts(
  client: Client,
  { after, limit }: { after: string | null; limit: number },
): Promise<AccountFacts[]> {
  try {
    return await client.account.findMany({
      where: after === null ? {} : { name: { gt: after } },
      orderBy: { name: 'asc' },
      take: limit,
      select: FACTS,
    });
  } catch (error) {
    throw asUnavailable(error);
  }
}

/** What is left out stays as it is. */
export type AccountChange = { accountId: string; tier?: string; retentionDays?: number; isDisabled?: boolean };

/** Limits have a verb of their own, since raising one wakes missions. Disabling twice keeps the first moment. */
export async function changeAccount(client: Client, change: AccountChange): Promise<void> {
  const { accountId, tier = null, retentionDays = null, isDisabled = null } = change;
  await runStatement(
    client,
    Prisma.sql`
      UPDATE accounts
      SET tier = COALESCE(${tier}::text, tier),
          retention_days = COALESCE(${retentionDays}::int, retention_days),
          disabled_at = CASE ${isDisabled}::boolean
            WHEN true THEN COALESCE(disabled_at, now()) WHEN false THEN NULL ELSE disabled_at END
      WHERE id = ${accountId}`,
  );
}
