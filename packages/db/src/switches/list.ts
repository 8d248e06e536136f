import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { runStatement } from '../statement.ts';

/** All that operators hold back right now. */
export type Switches = {
  pools: string[];
  accounts: string[];
  agents: { account: string; name: string }[];
  tools: string[];
  workers: string[];
};

export async function listSwitches(client: Client): Promise<Switches> {
  const [row] = await runStatement<Switches>(
    client,
    Prisma.sql`
      SELECT ARRAY(SELECT name FROM pools WHERE paused_at IS NOT NULL ORDER BY name) AS pools,
             ARRAY(SELECT name FROM accounts WHERE paused_max_running IS NOT NULL ORDER BY name) AS accounts,
             COALESCE((
               SELECT jsonb_agg(o ORDER BY o.account, o.name)
               FROM (
                 SELECT DISTINCT a.name AS account, g.name FROM agents g JOIN accounts a ON a.id = g.account_id
                 WHERE g.switched_off_at IS NOT NULL
               ) o), '[]') AS agents,
             ARRAY(SELECT name FROM switched_off_tools ORDER BY name) AS tools,
             ARRAY(SELECT id FROM workers
                   WHERE draining_at IS NOT NULL AND stopped_at IS NULL AND lease_expires_at > now() ORDER BY id) AS workers`,
  );
  return row ?? { pools: [], accounts: [], agents: [], tools: [], workers: [] };
}
