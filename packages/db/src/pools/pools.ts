import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { asUnavailable, runStatement } from '../statement.ts';

export type StoredPool = { name: string; pausedAt: Date | null; createdAt: Date };

/** Every pool, by name. */
export async function listPools(client: Client): Promise<StoredPool[]> {
  try {
    return await client.pool.findMany({ orderBy: { name: 'asc' } });
  } catch (error) {
    throw asUnavailable(error);
  }
}

/** Makes a pool; `false` when there is one of this name already. */
export async function createPool(client: Client, name: string): Promise<boolean> {
  const made = await runStatement(
    client,
    Prisma.sql`INSERT INTO pools (name) VALUES (${name}) ON CONFLICT DO NOTHING RETURNING name`,
  );
  return made.length > 0;
}
