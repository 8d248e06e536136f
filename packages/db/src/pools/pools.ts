import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { asUnavailable, runStatement } from '../statement.ts';

/** `pausedAt`: nothing of it is claimed until it is resumed; what runs goes on. */
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

/** Holds a pool back, or lets it go on; doing either twice is doing it once. `null`: there is no such pool. */
export async function setPoolPaused(
  client: Client,
  { name, paused }: { name: string; paused: boolean },
): Promise<StoredPool | null> {
  const [row] = await runStatement<StoredPool>(
    client,
    Prisma.sql`
      UPDATE pools SET paused_at = CASE WHEN ${paused} THEN COALESCE(paused_at, now()) END
      WHERE name = ${name}
      RETURNING name, paused_at AS "pausedAt", created_at AS "createdAt"`,
  );
  return row ?? null;
}
