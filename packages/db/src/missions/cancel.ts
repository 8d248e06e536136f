import type { MissionStatus } from '@flotilla/core';
import type { Client } from '../client.ts';
import { OWED_DELIVERIES, OWED_IDS } from '../deliveries/owe.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { runStatement } from '../statement.ts';
import { CANCELLED_CODE, type EndedMission, endOf, wakesAnother } from './ended-mission.ts';

/**
 * `cancelled`: it was queued or waiting, and has ended. `asked`: it is running; its worker aborts it and writes the
 * end. `ended`: too late, with the status it ended with. `not_found`: the account has no such mission.
 */
export type CancelOutcome =
  | { kind: 'cancelled'; pool: string; code: string; deliveryIds: string[]; end: EndedMission }
  | { kind: 'asked' }
  | { kind: 'ended'; status: MissionStatus }
  | { kind: 'not_found' };

/** `before`: the status a cancel found; `code`: why it has ended, if it has by this. */
export type Cancelled = EndedMission & {
  before: MissionStatus;
  code: string | null;
  pool: string;
  deliveryIds: string[];
};

/** Ends a queued or waiting mission at once; leaves its mark on a running one. */
export async function cancelMission(client: Client, accountId: string, missionId: string): Promise<CancelOutcome> {
  const [found] = await cancel(client, Prisma.sql`m.id = ${missionId} AND m.account_id = ${accountId}`);
  switch (found?.before) {
    case undefined:
      return { kind: 'not_found' };
    case 'queued':
    case 'waiting':
      return {
        kind: 'cancelled',
        pool: found.pool,
        code: found.code ?? 'cancelled_by_client',
        deliveryIds: found.deliveryIds,
        end: { ...endOf(found), ...(found.wakes === true && { wakes: true }) },
      };
    case 'running':
      return { kind: 'asked' };
    case 'completed':
    case 'failed':
    case 'cancelled':
      return { kind: 'ended', status: found.before };
  }
}

/** The same for the unfinished children of missions that have ended: nobody is left to hear of them. */
export async function cancelChildren(client: Client, parentIds: readonly string[]): Promise<Cancelled[]> {
  return cancel(
    client,
    Prisma.sql`m.parent_mission_id = ANY (${parentIds}) AND m.finished_at IS NULL AND m.cancel_requested_at IS NULL`,
  );
}

/**
 * One statement under the rows' locks: a cancel that commits before a worker's finish wins, one that comes after finds
 * the mission ended.
 */
async function cancel(client: Client, which: Prisma.Sql): Promise<Cancelled[]> {
  return runStatement<Cancelled>(
    client,
    Prisma.sql`
      WITH found AS MATERIALIZED (
        SELECT m.id, m.status, m.account_id, m.session_id, m.parent_mission_id, m.child_count, m.pool,
               ${wakesAnother('m')} AS wakes
        FROM missions m WHERE ${which} ORDER BY m.id FOR NO KEY UPDATE
      ), ended AS (
        UPDATE missions m
        SET status = 'cancelled', status_code = ${CANCELLED_CODE},
            status_message = 'cancelled while it was ' || f.status, status_at = now(), finished_at = now(), cancel_requested_at = now(), waiting_for = NULL,
            event_sequence = m.event_sequence + 1
        FROM found f WHERE m.id = f.id AND f.status IN ('queued', 'waiting')
        RETURNING m.id, m.account_id, m.endpoint_id, m.event_sequence, m.status, m.status_code, m.status_message
      ), asked AS (
        UPDATE missions m SET cancel_requested_at = COALESCE(m.cancel_requested_at, now())
        FROM found f WHERE m.id = f.id AND f.status = 'running'
      ), event AS (
        INSERT INTO mission_events (mission_id, sequence, account_id, type, data)
        SELECT id, event_sequence, account_id, 'mission.cancelled',
               jsonb_build_object('code', status_code, 'message', status_message)
        FROM ended
      ), ${OWED_DELIVERIES}
      SELECT f.id AS "missionId", f.status AS before, e.status_code AS code, f.pool, f.account_id AS "accountId", f.session_id AS "sessionId",
             f.parent_mission_id AS "parentMissionId", f.child_count > 0 AS "hasChildren", f.wakes, ${OWED_IDS} AS "deliveryIds"
      FROM found f LEFT JOIN ended e ON e.id = f.id`,
  );
}
