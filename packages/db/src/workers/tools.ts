import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { runStatement } from '../statement.ts';

/**
 * The names of the deployment's own tools, as its workers have told of them. Those of workers that are gone count for as
 * long as their rows lie there, a day: while a fleet is replaced, its missions may be asked for.
 */
export async function listFleetTools(client: Client): Promise<string[]> {
  const rows = await runStatement<{ name: string }>(
    client,
    Prisma.sql`SELECT DISTINCT unnest(tools) AS name FROM workers ORDER BY name`,
  );
  return rows.map(({ name }) => name);
}

/** What each living worker of a pool has of the deployment's own tools; those of MCP servers as `server__*`. */
export async function listLiveTools(client: Client, pool: string): Promise<string[][]> {
  const rows = await runStatement<{ tools: string[] }>(
    client,
    Prisma.sql`
      SELECT DISTINCT tools FROM workers
      WHERE stopped_at IS NULL AND lease_expires_at > now() AND ${pool} = ANY (pools)`,
  );
  return rows.map(({ tools }) => tools);
}
