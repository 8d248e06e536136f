import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { runStatement } from '../statement.ts';

/** What an account may have, and what it has now: `queued` counted up to its cap, `waiting` up to 10,000. */
export type AccountStanding = {
  id: string;
  name: string;
  tier: string;
  maxRunning: number;
  maxQueued: number;
  retentionDays: number;
  running: number;
  queued: number;
  waiting: number;
  createdAt: Date;
};

/** Nothing limits how many missions wait, and nobody should wait for the count. */
const WAITING_COUNTED_UP_TO = 10_000;

/** `null`: there is no such account. */
export async function readStanding(client: Client, accountId: string): Promise<AccountStanding | null> {
  const [row] = await runStatement<AccountStanding>(
    client,
    Prisma.sql`
      SELECT a.id, a.name, a.tier, a.max_running AS "maxRunning", a.max_queued AS "maxQueued",
             a.retention_days AS "retentionDays", a.running, a.created_at AS "createdAt",
             (SELECT count(*)::int FROM (
                SELECT FROM missions m WHERE m.account_id = a.id AND m.status = 'queued' LIMIT a.max_queued) q) AS queued,
             (SELECT count(*)::int FROM (
                SELECT FROM missions m WHERE m.account_id = a.id AND m.status = 'waiting'
                LIMIT ${WAITING_COUNTED_UP_TO}::int) w) AS waiting
      FROM accounts a WHERE a.id = ${accountId}`,
  );
  return row ?? null;
}
