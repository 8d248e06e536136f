import type { MissionStatus, Ownership } from '@flotilla/core';
import type { Client } from '../client.ts';
import { OWED_DELIVERIES, OWED_IDS } from '../deliveries/owe.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { recordset, runStatement } from '../statement.ts';

/** Finish: the mission is over. `output` belongs to completed, `code` and `message` to failed. */
export type Finish = { status: 'completed'; output: string } | { status: 'failed'; code: string; message: string };

/** Release: back to the queue, to be claimed again after `afterMs`. `tries` goes at its next step are spent. */
export type Release = { status: 'queued'; code: string; message: string; afterMs: number; tries: number };

export type Leave = Ownership & (Finish | Release);

/**
 * `status` is what the mission became: `cancelled`, if a cancel was committed first. `rings` numbers the bell of one
 * that was released to be claimed at once; the sweep rings for those that are due later.
 */
export type Left = {
  accountId: string;
  /** Whether missions of the account were turned away at its limit, and may be waiting for the slot that is now free. */
  wakes: boolean;
  status: MissionStatus;
  pool: string;
  priority: number;
  rings: number;
  deliveryIds: string[];
};
export type LeaveOutcome = Left | 'fenced';

type Row = Left & { id: string; attempt: number };

/**
 * running → completed | failed | queued | cancelled: every way out of running that the owner itself takes.
 * One statement writes the move, its event and the deliveries it owes. A cancel that was committed first wins over
 * whatever the worker brings; the row's lock decides which came first. No row: another attempt owns the mission.
 */
export async function leaveRunning(client: Client, leaves: Leave[]): Promise<LeaveOutcome[]> {
  const rows = await runStatement<Row>(
    client,
    Prisma.sql`
      WITH input AS MATERIALIZED (
        SELECT * FROM ${recordset(leaves)}
          AS i("missionId" text, attempt int, status mission_status, output text, code text, message text,
               "afterMs" int, tries int2)
      ), account AS MATERIALIZED (
        -- Read under the row's lock: a refusal that this statement's snapshot is too old to see is seen here.
        SELECT a.id, a.held_back_at > now() - interval '1 day' AS wakes
        FROM accounts a
        WHERE a.id IN (SELECT m.account_id FROM missions m JOIN input i ON i."missionId" = m.id)
        ORDER BY a.id
        FOR NO KEY UPDATE
      ), owned AS MATERIALIZED (
        SELECT m.id, CASE WHEN m.cancel_requested_at IS NULL THEN i.status ELSE 'cancelled' END AS next,
               i.output, i.code, i.message, i."afterMs" AS after_ms, i.tries
        FROM missions m JOIN input i ON m.id = i."missionId" AND m.attempt = i.attempt
        WHERE m.status = 'running' AND (SELECT count(*) FROM account) > 0
        ORDER BY m.id
        FOR NO KEY UPDATE OF m
      ), left_running AS (
        UPDATE missions m
        SET status = o.next, worker_id = NULL, status_at = now(), event_sequence = m.event_sequence + 1,
            output = CASE o.next WHEN 'completed' THEN o.output END,
            status_code = CASE o.next WHEN 'completed' THEN NULL WHEN 'cancelled' THEN 'cancelled_by_client' ELSE o.code END,
            status_message = CASE o.next WHEN 'completed' THEN NULL WHEN 'cancelled' THEN 'cancelled while it was running' ELSE o.message END,
            finished_at = CASE o.next WHEN 'queued' THEN NULL ELSE now() END,
            run_after = CASE o.next WHEN 'queued' THEN now() + o.after_ms * interval '1 millisecond' ELSE m.run_after END,
            tries = CASE o.next WHEN 'queued' THEN o.tries ELSE m.tries END,
            rings = m.rings + CASE WHEN o.next = 'queued' AND o.after_ms = 0 THEN 1 ELSE 0 END,
            rung_at = CASE WHEN o.next = 'queued' AND o.after_ms = 0 THEN now() ELSE m.rung_at END
        FROM owned o WHERE m.id = o.id AND m.status = 'running'
        RETURNING m.id, m.account_id, m.endpoint_id, m.event_sequence, m.status, m.attempt, m.status_code, m.status_message,
                  m.pool, m.priority, m.rings
      ), counted AS (
        UPDATE accounts a SET running = a.running - l.left_running
        FROM (SELECT account_id, count(*)::int AS left_running FROM left_running GROUP BY account_id) l
        WHERE a.id = l.account_id
      ), event AS (
        INSERT INTO mission_events (mission_id, sequence, account_id, type, data)
        SELECT id, event_sequence, account_id,
               CASE status WHEN 'queued' THEN 'mission.released' ELSE 'mission.' || status::text END,
               jsonb_strip_nulls(jsonb_build_object('attempt', attempt, 'code', status_code, 'message', status_message))
        FROM left_running
      ), ended AS (
        SELECT * FROM left_running WHERE status <> 'queued'
      ), ${OWED_DELIVERIES}
      SELECT e.id, e.attempt, e.status, e.pool, e.priority, e.rings, ${OWED_IDS} AS "deliveryIds",
             e.account_id AS "accountId",
             COALESCE(a.wakes, false) AS wakes
      FROM left_running e JOIN account a ON a.id = e.account_id`,
  );
  const byMission = new Map(rows.map((row) => [`${row.id} ${row.attempt}`, row]));
  return leaves.map((leave) => byMission.get(`${leave.missionId} ${leave.attempt}`) ?? 'fenced');
}
