import type { Ask, MissionStatus, Ownership, WaitingFor } from '@flotilla/core';
import { createId, specVersionOf } from '@flotilla/core';
import { CARVED } from '../budgets/family.ts';
import type { Client } from '../client.ts';
import { OWED_DELIVERIES } from '../deliveries/owe.ts';
import { Prisma } from '../generated/prisma/client.ts';
import type { NewChild } from '../missions/create.ts';
import { CANCELLED_CODE, type EndedMission, endOf } from '../missions/ended-mission.ts';
import { lookedUp, recordset, runStatement } from '../statement.ts';
import { LEFT_RUNNING } from './left-running.ts';

/** Finish: the mission is over. `output` belongs to completed, `code` and `message` to failed. */
export type Finish = { status: 'completed'; output: string } | { status: 'failed'; code: string; message: string };

/**
 * Release: back to the queue, to be claimed again after `afterMs`. `tries` goes at its next step are spent, and for
 * `failingForMs` its provider has not been able to take that step.
 */
export type Release = {
  status: 'queued';
  code: string;
  message: string;
  afterMs: number;
  tries: number;
  failingForMs?: number | null;
};

/** Park: waits for answers, and for children that start with it; at least one of either. */
export type Park = {
  status: 'waiting';
  code: string;
  message: string;
  waitingFor: WaitingFor;
  asks: Ask[];
  children: NewChild[];
  tries: number;
};

export type Leave = Ownership & (Finish | Release | Park);

/**
 * `status` is what the mission became, and `code` why: `cancelled`, if a cancel was committed first; `paused`, if it was
 * released and may not be claimed. `rings` numbers the bell of one that was released to be claimed at once; the sweep
 * rings for those that are due later.
 */
export type Left = EndedMission & {
  /** Whether missions of the account were turned away at its limit, and may be waiting for the slot that is now free. */
  wakes: boolean;
  status: MissionStatus;
  code: string | null;
  pool: string;
  priority: number;
  rings: number;
  deliveryIds: string[];
};
export type LeaveOutcome = Left | 'fenced';

type LeftRow = Omit<Left, 'deliveryIds'> & { attempt: number; deliveryId: string | null };

/**
 * running → completed | failed | queued | waiting | cancelled: every way out of running that the owner itself takes.
 * One statement writes the move, its event, the deliveries it owes, what it asks for and the children it starts. A
 * cancel that was committed first wins over whatever the worker brings; the row's lock decides which came first. No
 * row: another attempt owns the mission.
 *
 * A leave whose reply was lost is repeated, and told what its mission is now: what follows from it is still to be done.
 */
export async function leaveRunning(client: Client, leaves: Leave[]): Promise<LeaveOutcome[]> {
  const items = leaves.map((leave) =>
    leave.status === 'waiting'
      ? {
          ...leave,
          asks: leave.asks.map((ask) => ({ id: createId('answer'), ...ask })),
          children: leave.children.map((child) => ({ ...child, specVersion: specVersionOf(child.spec) })),
        }
      : leave,
  );
  const rows = await runStatement<LeftRow>(
    client,
    Prisma.sql`
      WITH input AS MATERIALIZED (
        SELECT * FROM ${recordset(items)}
          AS i("missionId" text, attempt int, status mission_status, output text, code text, message text,
               "afterMs" int, tries int2, "failingForMs" float8, "waitingFor" jsonb, asks json, children json)
        WHERE ${lookedUp('missionId')}
      ), account AS MATERIALIZED (
        -- Read under the row's lock: a refusal that this statement's snapshot is too old to see is seen here.
        SELECT a.id, COALESCE(a.held_back_at > now() - interval '1 day', false) AS wakes
        FROM accounts a
        WHERE a.id IN (SELECT m.account_id FROM missions m JOIN input i ON i."missionId" = m.id)
        ORDER BY a.id
        FOR NO KEY UPDATE
      ), owned AS MATERIALIZED (
        -- Not joined: an account could lead to all of its missions.
        SELECT i.*, (SELECT a.wakes FROM account a WHERE a.id = m.account_id) AS wakes, m.status AS before, m.status_code,
               m.account_id, m.session_id, m.parent_mission_id, m.child_count, m.pool, m.priority, m.rings,
               (SELECT count(*)::int FROM json_to_recordset(i.asks) AS k(kind text) WHERE k.kind = 'approval') AS approvals,
               (SELECT count(*)::int FROM json_to_recordset(i.children) AS c(step int, index int2)
                WHERE NOT EXISTS (
                  SELECT FROM missions known
                  WHERE known.parent_mission_id = m.id AND known.parent_step = c.step AND known.parent_call = c.index)
               ) AS new_children,
               CASE WHEN m.cancel_requested_at IS NULL THEN i.status ELSE 'cancelled' END AS next
        FROM input i
        JOIN missions m ON m.id = i."missionId" AND m.attempt = i.attempt
        -- As the rows are once they are locked: what this attempt has just left itself is not left again. Counting the
        -- accounts makes sure that they are locked before any mission is.
        WHERE (m.status::text = 'running' OR m.left_attempt = m.attempt) AND (SELECT count(*) FROM account) > 0
        ORDER BY m.id
        FOR NO KEY UPDATE OF m
      ), left_running AS (
        UPDATE missions m
        SET status = o.next, worker_id = NULL, left_attempt = m.attempt, status_at = now(),
            event_sequence = m.event_sequence + 1 + CASE o.next WHEN 'waiting' THEN o.approvals ELSE 0 END,
            output = CASE o.next WHEN 'completed' THEN o.output END,
            -- Paused is what holds back whatever is released while its mark is there, and nothing once it is gone again.
            status_code = CASE
              WHEN o.next = 'completed' THEN NULL
              WHEN o.next = 'cancelled' THEN ${CANCELLED_CODE}
              WHEN o.next = 'queued' AND m.paused_at IS NOT NULL THEN 'paused'
              WHEN o.next = 'queued' THEN NULLIF(o.code, 'paused')
              ELSE o.code END,
            status_message = CASE
              WHEN o.next = 'completed' THEN NULL
              WHEN o.next = 'cancelled' THEN 'cancelled while it was running'
              WHEN o.next = 'queued' AND m.paused_at IS NOT NULL THEN 'a client paused it'
              WHEN o.next = 'queued' AND o.code = 'paused' THEN NULL
              ELSE o.message END,
            finished_at = CASE WHEN o.next IN ('queued', 'waiting') THEN NULL ELSE now() END,
            run_after = CASE o.next WHEN 'queued' THEN now() + o."afterMs" * interval '1 millisecond' ELSE m.run_after END,
            tries = CASE WHEN o.next IN ('queued', 'waiting') THEN o.tries ELSE m.tries END,
            failing_since = CASE o.next WHEN 'queued' THEN now() - o."failingForMs" * interval '1 millisecond' END,
            waiting_for = CASE o.next WHEN 'waiting' THEN o."waitingFor" END,
            pending_answers = CASE o.next WHEN 'waiting' THEN json_array_length(o.asks) ELSE 0 END,
            child_count = m.child_count + CASE o.next WHEN 'waiting' THEN o.new_children ELSE 0 END,
            rings = m.rings + CASE WHEN o.next = 'queued' AND o."afterMs" = 0 THEN 1 ELSE 0 END,
            rung_at = CASE WHEN o.next = 'queued' AND o."afterMs" = 0 THEN now() ELSE m.rung_at END
        FROM owned o WHERE m.id = o."missionId" AND m.status::text = 'running'
        RETURNING m.id, m.account_id, m.session_id, m.parent_mission_id, m.child_count, m.depth, m.deadline_at,
                  m.endpoint_id, m.event_sequence, m.status, m.attempt, m.status_code, m.status_message,
                  m.pool, m.priority, m.rings, m.traceparent, o.wakes, o.asks, o.children,
                  CASE o.next WHEN 'waiting' THEN o.approvals ELSE 0 END AS approvals
      ), ${LEFT_RUNNING}, asked AS (
        INSERT INTO answers (id, mission_id, account_id, kind, step_number, call_index, request, arguments_hash, expires_at)
        SELECT k.id, l.id, l.account_id, k.kind, k.step, k.index, k.request, k."argumentsHash",
               now() + k."expiresInMs" * interval '1 millisecond'
        FROM left_running l,
             json_to_recordset(l.asks) AS k(id text, kind answer_kind, step int, index int2, request jsonb,
                                            "argumentsHash" text, "expiresInMs" float8)
        WHERE l.status = 'waiting'
        -- A call that waits again asks again: what it was told before did not take it further.
        ON CONFLICT (mission_id, step_number, call_index) WHERE step_number IS NOT NULL DO UPDATE
        SET kind = EXCLUDED.kind, request = EXCLUDED.request, arguments_hash = EXCLUDED.arguments_hash,
            expires_at = EXCLUDED.expires_at, answer = NULL, answered_by = NULL, answered_at = NULL
        RETURNING id, mission_id, account_id, kind, step_number, call_index, request
      ), asked_event AS (
        INSERT INTO mission_events (mission_id, sequence, account_id, type, data)
        SELECT l.id, l.event_sequence - l.approvals + row_number() OVER (PARTITION BY l.id ORDER BY a.id), l.account_id,
               'approval.requested',
               jsonb_build_object('askId', a.id, 'step', a.step_number, 'index', a.call_index, 'request', a.request)
        FROM left_running l JOIN asked a ON a.mission_id = l.id AND a.kind = 'approval'
      ), child AS (
        INSERT INTO missions (id, account_id, parent_mission_id, parent_step, parent_call, depth, spec, spec_version, pool,
                              priority, tags, event_sequence, deadline_at, rings, rung_at, traceparent)
        SELECT c.id, l.account_id, l.id, c.step, c.index, l.depth + 1, c.spec, c."specVersion", l.pool,
               l.priority, '{}', 1, l.deadline_at, 1, now(), l.traceparent
        FROM left_running l, json_to_recordset(l.children) AS c(id text, step int, index int2, spec jsonb, "specVersion" int)
        WHERE l.status = 'waiting'
        -- A call has one child: the one that it has started before is the one it waits for.
        ON CONFLICT (parent_mission_id, parent_step, parent_call) WHERE parent_mission_id IS NOT NULL DO NOTHING
        RETURNING id, account_id, parent_mission_id
      ), child_event AS (
        INSERT INTO mission_events (mission_id, sequence, account_id, type)
        SELECT id, 1, account_id, 'mission.queued' FROM child
      ), ${hasShares(leaves) ? Prisma.sql`${CARVED}, ` : Prisma.empty}ended AS (
        SELECT * FROM left_running WHERE status NOT IN ('queued', 'waiting')
      ), ${OWED_DELIVERIES}
      SELECT l.id AS "missionId", l.attempt, l.account_id AS "accountId", l.wakes, l.session_id AS "sessionId",
             l.parent_mission_id AS "parentMissionId", l.child_count > 0 AS "hasChildren", l.status, l.status_code AS code, l.pool, l.priority,
             l.rings, NULL AS "deliveryId"
      FROM left_running l
      UNION ALL
      SELECT r."missionId", r.attempt, r.account_id, r.wakes, r.session_id, r.parent_mission_id, r.child_count > 0,
             r.before, r.status_code, r.pool, r.priority, r.rings, NULL
      FROM owned r WHERE r.before <> 'running'
      UNION ALL
      SELECT o.mission_id, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, o.id
      FROM (
        SELECT mission_id, id FROM owed
        UNION ALL
        SELECT d.mission_id, d.id FROM owned r JOIN deliveries d ON d.mission_id = r."missionId" AND d.status::text = 'pending'
        WHERE r.before <> 'running'
      ) o`,
  );
  const deliveries = Map.groupBy(rows, (row) => row.missionId);
  const byMission = new Map(rows.map((row) => [`${row.missionId} ${row.attempt}`, row]));
  return leaves.map(({ missionId, attempt }) => {
    const row = byMission.get(`${missionId} ${attempt}`);
    if (!row) return 'fenced';
    const { wakes, status, code, pool, priority, rings } = row;
    const deliveryIds = (deliveries.get(missionId) ?? []).flatMap((owed) => owed.deliveryId ?? []);
    return { ...endOf(row), wakes, status, code, pool, priority, rings, deliveryIds };
  });
}

/** Whether any of them starts a child that is given a share of its parent's budget. */
function hasShares(leaves: readonly Leave[]): boolean {
  return leaves.some((leave) => leave.status === 'waiting' && leave.children.some(({ spec }) => spec.budget));
}
