import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { runStatement } from '../statement.ts';

export type LiveWorker = {
  id: string;
  hostname: string;
  version: string;
  pools: string[];
  slots: number;
  /** Missions it runs right now, as the database sees it. */
  running: number;
  startedAt: Date;
  heartbeatAt: Date;
  /** An operator has had it take nothing more. */
  isDraining: boolean;
};

/** The workers whose lease has not run out, the longest serving first. */
export async function listLiveWorkers(client: Client): Promise<LiveWorker[]> {
  return runStatement<LiveWorker>(
    client,
    Prisma.sql`
      SELECT w.id, w.hostname, w.version, w.pools, w.slots, w.started_at AS "startedAt", w.heartbeat_at AS "heartbeatAt",
             w.draining_at IS NOT NULL AS "isDraining",
             (SELECT count(*)::int FROM missions m WHERE m.worker_id = w.id AND m.status = 'running') AS running
      FROM workers w
      WHERE w.stopped_at IS NULL AND w.lease_expires_at > now()
      ORDER BY w.started_at, w.id`,
  );
}
