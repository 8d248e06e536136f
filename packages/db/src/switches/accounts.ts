import { ROOM_SINCE } from '../accounts/room.ts';
import { setLimits } from '../accounts/set-limits.ts';
import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { runStatement } from '../statement.ts';

/** `maxRunning`: what it may run when it is not paused. */
export type SwitchedAccount = { id: string; name: string; paused: boolean; maxRunning: number };

/**
 * Holds an account's missions back, or lets them go on; doing either twice is doing it once. What runs goes on. A paused
 * account may run 0 missions, and its limit is kept beside that. `null`: there is no such account.
 */
export async function setAccountPaused(
  client: Client,
  { account, paused }: { account: string; paused: boolean },
): Promise<SwitchedAccount | null> {
  const [row] = await runStatement<SwitchedAccount>(
    client,
    Prisma.sql`
      UPDATE accounts a
      SET paused_max_running = CASE WHEN ${paused} THEN COALESCE(paused_max_running, max_running) END,
          max_running = CASE WHEN ${paused} THEN 0 ELSE COALESCE(paused_max_running, max_running) END,
          room_since = ${ROOM_SINCE}
      WHERE id = ${account} OR name = ${account}
      RETURNING id, name, paused_max_running IS NOT NULL AS paused,
                COALESCE(paused_max_running, max_running) AS "maxRunning"`,
  );
  // Whoever was turned away meanwhile is left to the sweep, as if it had never been.
  if (row && !paused) await setLimits(client, { accountId: row.id, maxRunning: row.maxRunning });
  return row ?? null;
}
