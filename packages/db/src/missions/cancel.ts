import type { MissionStatus } from '@flotilla/core';
import type { Client } from '../client.ts';
import { OWED_DELIVERIES, OWED_IDS } from '../deliveries/owe.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { runStatement } from '../statement.ts';

/**
 * `cancelled`: it was queued or waiting, and has ended. `asked`: it is running; its worker aborts it and writes the
 * end. `ended`: too late, with the status it ended with. `not_found`: the account has no such mission.
 */
export type CancelOutcome =
  | { kind: 'cancelled'; deliveryIds: string[] }
  | { kind: 'asked' }
  | { kind: 'ended'; status: MissionStatus }
  | { kind: 'not_found' };

type Row = { before: MissionStatus; deliveryIds: string[] };

/**
 * Ends a queued or waiting mission at once; leaves its mark on a running one. One statement under the row's lock: a
 * cancel that commits before the worker's finish wins, one that comes after finds the mission ended.
 */
export async function cancelMission(client: Client, accountId: string, missionId: string): Promise<CancelOutcome> {
  const [row] = await runStatement<Row>(
    client,
    Prisma.sql`
      WITH found AS MATERIALIZED (
        SELECT id, status FROM missions WHERE id = ${missionId} AND account_id = ${accountId} FOR NO KEY UPDATE
      ), ended AS (
        UPDATE missions m
        SET status = 'cancelled', status_code = 'cancelled_by_client', status_message = 'cancelled before it ran',
            status_at = now(), finished_at = now(), cancel_requested_at = now(), event_sequence = m.event_sequence + 1
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
      SELECT f.status AS before, ${OWED_IDS} AS "deliveryIds" FROM found f LEFT JOIN ended e ON e.id = f.id`,
  );
  switch (row?.before) {
    case undefined:
      return { kind: 'not_found' };
    case 'queued':
    case 'waiting':
      return { kind: 'cancelled', deliveryIds: row.deliveryIds };
    case 'running':
      return { kind: 'asked' };
    case 'completed':
    case 'failed':
    case 'cancelled':
      return { kind: 'ended', status: row.before };
  }
}
