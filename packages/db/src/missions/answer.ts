import { isId, type JsonValue, type MissionStatus } from '@flotilla/core';
import { amountsOf } from '../budgets/limits.ts';
import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { runStatement } from '../statement.ts';
import type { DueMission } from '../sweep/ring-due.ts';
import { GO_ON, hasNoChildLeft } from './go-on.ts';
import { STILL_WAITS } from './still-waits.ts';
import { wakeParents } from './wake-parents.ts';

export type NewAnswer = {
  accountId: string;
  missionId: string;
  askId: string;
  answer: JsonValue;
  /** Who answered, as the journal is to show it. */
  answeredBy: string;
};

/**
 * `answered`: with the bell to ring, if it was the last one the mission waited for. `ended`: too late, the mission is
 * over. `answered_already`, `expired`: too late for this ask. `no_such_ask`: the mission never asked that.
 */
export type AnswerOutcome =
  | { kind: 'answered'; bell: DueMission | null }
  | { kind: 'not_found' }
  | { kind: 'no_such_ask' }
  | { kind: 'answered_already' }
  | { kind: 'expired' }
  | { kind: 'ended'; status: MissionStatus };

const RAISED = amountsOf(Prisma.sql`g.given`);

type Row = {
  status: MissionStatus;
  ended: boolean;
  asked: boolean;
  taken: boolean;
  late: boolean;
  /** Nothing is left to be answered, but there seemed to be a child. */
  waitsForChildren: boolean;
  missionId: string | null;
  pool: string | null;
  priority: number | null;
  rings: number | null;
};

/**
 * Answers one thing a waiting mission asked for; the last answer of several queues it again. One statement under the
 * mission's lock: an answer is taken once, and never after the mission's end or the ask's own. Whoever was asked for a
 * larger budget gives it by that, as `BudgetRaise` in core has it.
 */
export async function answerMission(client: Client, given: NewAnswer): Promise<AnswerOutcome> {
  // What cannot be an id names nothing, and may be text that Postgres refuses.
  const askId = isId('answer', given.askId) ? given.askId : '';
  const [row] = await runStatement<Row>(
    client,
    Prisma.sql`
      WITH found AS MATERIALIZED (
        SELECT id, status, finished_at, pending_answers FROM missions
        WHERE id = ${given.missionId} AND account_id = ${given.accountId}
        FOR NO KEY UPDATE
      ), ask AS MATERIALIZED (
        -- Locked after its mission, and read as it is then: two answers to one ask wait for each other at the mission.
        SELECT a.id, a.kind, a.answered_at IS NOT NULL AS taken,
               COALESCE(a.expires_at <= now(), false) AND a.answer IS NULL AS late,
               f.pending_answers = 1 AND ${hasNoChildLeft('f')} AS is_last
        FROM answers a JOIN found f ON f.id = a.mission_id
        WHERE a.id = ${askId}
        FOR NO KEY UPDATE OF a
      ), answered AS (
        UPDATE answers a
        SET answer = ${JSON.stringify(given.answer)}::jsonb, answered_by = ${given.answeredBy}, answered_at = now()
        FROM ask k JOIN found f ON f.status = 'waiting'
        WHERE a.id = k.id AND NOT k.taken AND NOT k.late
        RETURNING a.id, a.mission_id, a.kind, a.step_number, a.call_index, k.is_last, (a.kind = 'approval')::int AS events
      ), settled AS (
        SELECT id FROM answered
      ), noted AS (
        UPDATE missions m
        SET pending_answers = m.pending_answers - 1, event_sequence = m.event_sequence + a.events, ${STILL_WAITS}
        FROM answered a
        WHERE m.id = a.mission_id AND NOT a.is_last
        RETURNING m.id, m.account_id, m.event_sequence, m.pending_answers
      ), ready AS MATERIALIZED (
        SELECT mission_id AS id, kind::text AS because, events FROM answered WHERE is_last
      ), ${GO_ON}, raised AS (
        UPDATE budgets b
        -- Of both, where a role has one of its own: the answer is what the mission may have spent in all. No limit stays none.
        SET micro_usd = CASE WHEN b.micro_usd IS NOT NULL THEN GREATEST(b.micro_usd, ${RAISED.microUsd}) END,
            tokens = CASE WHEN b.tokens IS NOT NULL THEN GREATEST(b.tokens, ${RAISED.tokens}) END,
            steps = CASE WHEN b.steps IS NOT NULL THEN GREATEST(b.steps, ${RAISED.steps}) END,
            seconds = CASE WHEN b.seconds IS NOT NULL THEN GREATEST(b.seconds, ${RAISED.seconds}) END,
            role_micro_usd = CASE WHEN b.role_micro_usd IS NOT NULL THEN GREATEST(b.role_micro_usd, ${RAISED.microUsd}) END,
            role_tokens = CASE WHEN b.role_tokens IS NOT NULL THEN GREATEST(b.role_tokens, ${RAISED.tokens}) END,
            role_steps = CASE WHEN b.role_steps IS NOT NULL THEN GREATEST(b.role_steps, ${RAISED.steps}) END,
            role_seconds = CASE WHEN b.role_seconds IS NOT NULL THEN GREATEST(b.role_seconds, ${RAISED.seconds}) END,
            warned_at = NULL, exhausted_at = NULL
        FROM answered a, (SELECT ${JSON.stringify(given.answer)}::jsonb AS given) g
        WHERE a.kind = 'budget' AND b.mission_id = a.mission_id
      ), decided_event AS (
        INSERT INTO mission_events (mission_id, sequence, account_id, type, data)
        SELECT m.id, m.sequence, m.account_id, 'approval.decided',
               jsonb_build_object('askId', ${askId}::text, 'step', a.step_number, 'index', a.call_index,
                                  'answer', ${JSON.stringify(given.answer)}::jsonb)
        FROM answered a
        JOIN (
          SELECT id, account_id, event_sequence AS sequence FROM noted
          UNION ALL SELECT id, account_id, event_sequence - 1 FROM went_on
        ) m ON m.id = a.mission_id
        WHERE a.kind = 'approval'
      )
      SELECT f.status, f.finished_at IS NOT NULL AS ended, k.id IS NOT NULL AS asked, COALESCE(k.taken, false) AS taken,
             COALESCE(k.late, false) AS late, COALESCE(n.pending_answers = 0, false) AS "waitsForChildren",
             w.id AS "missionId", w.pool, w.priority, w.rings
      FROM found f
      LEFT JOIN ask k ON true
      LEFT JOIN noted n ON true
      LEFT JOIN went_on w ON w.paused_at IS NULL`,
  );
  if (!row) return { kind: 'not_found' };
  if (!row.asked) return { kind: 'no_such_ask' };
  if (row.ended) return { kind: 'ended', status: row.status };
  if (row.late) return { kind: 'expired' };
  if (row.taken) return { kind: 'answered_already' };
  // The last child may have ended while this statement waited for the mission, unseen by its snapshot; and its own
  // wake may have come before this answer. A second look sees both.
  const [late] = row.waitsForChildren ? await wakeParents(client, [given.missionId]) : [];
  return { kind: 'answered', bell: late ?? toBell(row) };
}

function toBell({ missionId, pool, priority, rings }: Row): DueMission | null {
  const isRung = missionId !== null && pool !== null && priority !== null && rings !== null;
  return isRung ? { missionId, pool, priority, rings, afterMs: 0 } : null;
}
