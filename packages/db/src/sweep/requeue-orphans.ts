import type { MissionStatus } from '@flotilla/core';
import { SWEEP_BATCH_ROWS, WORKER_DEATHS_AT_MOST, WORKER_DEATHS_UNTIL_POISONED } from '@flotilla/core';
import type { Client } from '../client.ts';
import { OWED_DELIVERIES, OWED_IDS } from '../deliveries/owe.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { LEFT_RUNNING } from '../lease/left-running.ts';
import { CANCELLED_CODE, END_COLUMNS, type EndedMission } from '../missions/ended-mission.ts';
import { runStatement } from '../statement.ts';

/** What became of an orphaned mission, the bell it needs if it was queued, and the deliveries it owes if it ended. */
export type Orphan = EndedMission & {
  status: MissionStatus;
  code: string;
  pool: string;
  priority: number;
  rings: number;
  deliveryIds: string[];
};

/** Running missions `m` of workers `w` whose lease has expired, or was given up while they ran. */
export const ORPHANS = Prisma.sql`
  (workers w JOIN missions m ON m.worker_id = w.id AND m.status = 'running' AND w.lease_expires_at <= now())`;

/** Since mission `m` was claimed by worker `w`, another worker has died: perhaps of what `w` died of. */
const OTHERS_DIE_TOO = Prisma.sql`
  EXISTS (SELECT FROM workers o WHERE o.id <> w.id AND o.stopped_at IS NULL
                                  AND o.lease_expires_at > m.status_at AND o.lease_expires_at <= now())`;

/**
 * Missions that run on a worker whose lease has expired go back to the queue, to be claimed again after their last
 * committed step. The lease is the database's `now()` against its own column: no other clock has a say. One that has
 * seen too many workers die without a step in between, and was the only suspect on the last of them, is ended instead.
 */
export async function requeueOrphans(client: Client): Promise<Orphan[]> {
  return runStatement<Orphan>(
    client,
    Prisma.sql`
      WITH account AS MATERIALIZED (
        SELECT a.id FROM accounts a
        WHERE a.id IN (SELECT m.account_id FROM ${ORPHANS})
        ORDER BY a.id
        FOR NO KEY UPDATE
      ), orphaned AS MATERIALIZED (
        SELECT m.id,
               CASE WHEN m.cancel_requested_at IS NOT NULL THEN 'cancelled'::mission_status
                    WHEN m.worker_deaths + 1 >= ${WORKER_DEATHS_AT_MOST}::int
                      OR m.worker_deaths + 1 >= ${WORKER_DEATHS_UNTIL_POISONED}::int AND NOT ${OTHERS_DIE_TOO} THEN 'failed'
                    ELSE 'queued' END AS next
        FROM ${ORPHANS} JOIN account a ON a.id = m.account_id
        ORDER BY m.id
        LIMIT ${SWEEP_BATCH_ROWS}::int
        FOR NO KEY UPDATE OF m SKIP LOCKED
      ), left_running AS (
        UPDATE missions m
        SET status = o.next, worker_id = NULL, status_at = now(), worker_deaths = m.worker_deaths + 1,
            event_sequence = m.event_sequence + 1,
            status_code = CASE o.next
              WHEN 'queued' THEN CASE WHEN m.paused_at IS NULL THEN 'no_worker' ELSE 'paused' END
              WHEN 'failed' THEN 'poisoned' ELSE ${CANCELLED_CODE} END,
            status_message = CASE o.next
              WHEN 'queued' THEN
                CASE WHEN m.paused_at IS NULL THEN 'its worker stopped answering' ELSE 'a client paused it' END
              WHEN 'failed' THEN (m.worker_deaths + 1) || ' workers died with it without a step in between'
              ELSE 'cancelled; its worker stopped answering' END,
            finished_at = CASE o.next WHEN 'queued' THEN NULL ELSE now() END,
            run_after = now(),
            rings = m.rings + CASE o.next WHEN 'queued' THEN 1 ELSE 0 END,
            rung_at = CASE o.next WHEN 'queued' THEN now() ELSE m.rung_at END
        FROM orphaned o WHERE m.id = o.id AND m.status = 'running'
        RETURNING m.*, 0 AS approvals
      ), ${LEFT_RUNNING}, ended AS (
        SELECT * FROM left_running WHERE status <> 'queued'
      ), ${OWED_DELIVERIES}
      SELECT ${END_COLUMNS}, e.status, e.status_code AS code, e.pool, e.priority, e.rings, ${OWED_IDS} AS "deliveryIds"
      FROM left_running e`,
  );
}
