import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { runStatement } from '../statement.ts';

/** All that operators hold back right now. */
export type Switches = { pools: string[]; accounts: string[]; tools: string[]; workers: string[] };

export async function listSwitches(client: Client): Promise<Switches> {
  const [row] = await runStatement<Switches>(
    client,
    Prisma.sql`
      SELECT ARRAY(SELECT name FROM pools WHERE paused_at IS NOT NULL ORDER BY name) AS pools,
             ARRAY(SELECT name FROM accounts WHERE paused_max_running IS NOT NULL ORDER BY name) AS accounts,
             ARRAY(SELECT name FROM switched_off_tools ORDER BY name) AS tools,
             ARRAY(SELECT id FROM workers
                   WHERE draining_at IS NOT NULL AND stopped_at IS NULL AND lease_expires_at > now() ORDER BY id) AS workers`,
  );
  return row ?? { pools: [], accounts: [], tools: [], workers: [] };
}
