import { SWEEP_BATCH_ROWS } from '@flotilla/core';
import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { runStatement } from '../statement.ts';

/**
 * Deletes the rows of workers that have been gone for a day: every process start leaves one, and crashed ones would lie
 * among the living for good. One that something still runs on, as far as its row says, is left to the requeue of orphans.
 */
export async function forgetWorkers(client: Client): Promise<void> {
  await runStatement(
    client,
    Prisma.sql`
      DELETE FROM workers WHERE id IN (
        SELECT w.id FROM workers w
        WHERE w.lease_expires_at < now() - interval '1 day'
          AND NOT EXISTS (SELECT FROM missions m WHERE m.worker_id = w.id AND m.status = 'running')
        LIMIT ${SWEEP_BATCH_ROWS}::int)`,
  );
}
