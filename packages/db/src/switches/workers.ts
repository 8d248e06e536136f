import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { runStatement } from '../statement.ts';

export type SwitchedWorker = { id: string; hostname: string; draining: boolean };

/**
 * Has a worker take nothing more and hand over what it has, or take missions again; it learns of it with its next
 * heartbeat. `null`: there is no such worker with a live lease.
 */
export async function setWorkerDraining(
  client: Client,
  { workerId, draining }: { workerId: string; draining: boolean },
): Promise<SwitchedWorker | null> {
  const [row] = await runStatement<SwitchedWorker>(
    client,
    Prisma.sql`
      UPDATE workers SET draining_at = CASE WHEN ${draining} THEN COALESCE(draining_at, now()) END
      WHERE id = ${workerId} AND stopped_at IS NULL AND lease_expires_at > now()
      RETURNING id, hostname, draining_at IS NOT NULL AS draining`,
  );
  return row ?? null;
}
