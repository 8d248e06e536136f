import { ROOM_SINCE } from '../accounts/room.ts';
import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { runLocked, runStatement } from '../statement.ts';

export type RepairedCounter = { accountId: string; counted: number; real: number };

/**
 * Compares accounts' counters with the missions that really run, and writes the truth where they differ. Statements keep
 * them true by themselves; a hand in the database may not have.
 *
 * A first look finds who seems to differ; a claim in flight looks like that too. So the account's row is locked, which
 * holds back claims and leaves, and only then, in a second statement with a fresh snapshot, is counted what counts.
 */
export async function repairCounters(client: Client): Promise<RepairedCounter[]> {
  const seeming = await runStatement<{ id: string }>(
    client,
    Prisma.sql`
      SELECT a.id
      FROM accounts a
      LEFT JOIN (SELECT account_id, count(*) AS real FROM missions WHERE status = 'running' GROUP BY account_id) m
        ON m.account_id = a.id
      WHERE a.running <> COALESCE(m.real, 0)`,
  );
  if (seeming.length === 0) return [];
  const ids = seeming.map((account) => account.id);
  return runLocked<RepairedCounter>(client, {
    lock: Prisma.sql`SELECT id FROM accounts WHERE id = ANY (${ids}) ORDER BY id FOR NO KEY UPDATE`,
    statement: Prisma.sql`
      WITH counted AS MATERIALIZED (
        SELECT a.id, a.running AS counted,
               (SELECT count(*)::int FROM missions m WHERE m.account_id = a.id AND m.status = 'running') AS real
        FROM accounts a WHERE a.id = ANY (${ids})
      )
      UPDATE accounts a SET running = c.real, room_since = ${ROOM_SINCE}
      FROM counted c WHERE a.id = c.id AND a.running <> c.real
      RETURNING a.id AS "accountId", c.counted, c.real`,
  });
}
