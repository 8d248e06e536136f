import { Prisma } from '../../generated/prisma/client.ts';
import { hasNoChildLeft } from '../../missions/go-on.ts';
import { type AuditCheck, FORGOTTEN_AFTER } from '../check.ts';

const A_WORKER_LIVES = Prisma.sql`EXISTS (SELECT FROM workers WHERE stopped_at IS NULL AND lease_expires_at > now())`;

/** What a mission waits for is there, and what has come is not forgotten. */
export const WAITING_CHECKS: AuditCheck[] = [
  {
    name: 'pending_answers_differ',
    rule: 'a waiting mission counts its open asks; one that is queued or running has none',
    violations: Prisma.sql`
      SELECT m.id
      FROM missions m
      LEFT JOIN (
        SELECT mission_id, count(*) AS open FROM answers WHERE answered_at IS NULL GROUP BY mission_id
      ) a ON a.mission_id = m.id
      WHERE m.finished_at IS NULL
        AND COALESCE(a.open, 0) <> CASE m.status WHEN 'waiting' THEN m.pending_answers ELSE 0 END`,
  },
  {
    name: 'waiting_for_nothing',
    rule: 'no mission waits for longer than a lease and two sweeps with no open ask and no unfinished child, while a worker lives',
    violations: Prisma.sql`
      SELECT m.id
      FROM missions m
      WHERE m.status = 'waiting' AND ${hasNoChildLeft('m')}
        AND NOT EXISTS (SELECT FROM answers a WHERE a.mission_id = m.id AND a.answered_at IS NULL)
        AND GREATEST(m.status_at,
                     (SELECT max(answered_at) FROM answers a WHERE a.mission_id = m.id),
                     (SELECT max(finished_at) FROM missions c WHERE c.parent_mission_id = m.id)) < now() - ${FORGOTTEN_AFTER}
        AND ${A_WORKER_LIVES}`,
  },
  {
    name: 'ask_past_its_time',
    rule: 'no ask of a waiting mission stays open for longer than a lease and two sweeps past its time, while a worker lives',
    violations: Prisma.sql`
      SELECT a.id
      FROM answers a JOIN missions m ON m.id = a.mission_id AND m.status = 'waiting'
      WHERE a.answered_at IS NULL AND a.expires_at < now() - ${FORGOTTEN_AFTER} AND ${A_WORKER_LIVES}`,
  },
  {
    name: 'answered_after_the_end',
    rule: 'nothing that a mission asked was answered after its end; what nobody has answered may run out later',
    violations: Prisma.sql`
      SELECT a.id FROM answers a JOIN missions m ON m.id = a.mission_id
      WHERE a.answered_at > m.finished_at AND a.answered_by IS DISTINCT FROM 'expiry'`,
  },
  {
    name: 'ask_without_call',
    rule: 'an ask belongs to a tool call of its mission, or to none',
    violations: Prisma.sql`
      SELECT a.id
      FROM answers a
      LEFT JOIN tool_calls t
        ON t.mission_id = a.mission_id AND t.step_number = a.step_number AND t.index = a.call_index
      WHERE a.step_number IS NOT NULL AND t.mission_id IS NULL`,
  },
  {
    name: 'overdue_not_ended',
    rule: 'nothing lies queued or waiting for longer than a lease and two sweeps past the time it was to be started or done by, while a worker lives',
    violations: Prisma.sql`
      SELECT m.id
      FROM missions m
      WHERE m.status IN ('queued', 'waiting')
        AND LEAST(m.deadline_at, CASE WHEN m.started_at IS NULL THEN m.expires_at END) < now() - ${FORGOTTEN_AFTER}
        -- Just requeued, it has been seen by no sweep yet.
        AND m.status_at < now() - ${FORGOTTEN_AFTER}
        AND ${A_WORKER_LIVES}`,
  },
  {
    name: 'approval_without_ask',
    rule: 'every approval.requested and every approval.decided has its ask, and every ask for an approval was requested',
    violations: Prisma.sql`
      SELECT COALESCE(a.mission_id, e.mission_id) || ' ask ' || COALESCE(a.id, e.ask_id, '?') AS id
      FROM (SELECT * FROM answers WHERE kind = 'approval') a
      FULL JOIN (
        SELECT mission_id, data->>'askId' AS ask_id, count(*) FILTER (WHERE type = 'approval.requested') AS requested
        FROM mission_events WHERE type IN ('approval.requested', 'approval.decided')
        GROUP BY mission_id, data->>'askId'
      ) e ON e.mission_id = a.mission_id AND e.ask_id = a.id
      WHERE a.id IS NULL OR COALESCE(e.requested, 0) = 0`,
  },
];
