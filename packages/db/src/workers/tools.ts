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

/** The deployment's own tools that a worker has, those of MCP servers as `server__*`, and the newest spec that it knows. */
export type WorkerAbilities = { tools: string[]; specVersion: number };

/** What the living workers of a pool can play: each kind of them once. */
export async function listAbilities(client: Client, pool: string): Promise<WorkerAbilities[]> {
  return runStatement<WorkerAbilities>(
    client,
    Prisma.sql`
      SELECT DISTINCT tools, spec_version AS "specVersion" FROM workers
      WHERE stopped_at IS NULL AND lease_expires_at > now() AND ${pool} = ANY (pools)`,
  );
}
