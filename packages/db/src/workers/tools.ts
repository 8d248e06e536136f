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
