import { Prisma } from '../../generated/prisma/client.ts';
import { type AuditCheck, TWO_SWEEPS } from '../check.ts';

/** What waits has something to wait for, and what a mission started does not outlive it. */
export const PARKING_CHECKS: AuditCheck[] = [
  {
    name: 'waiting_for_nothing',
    rule: 'a mission waits for an open ask or an unfinished child, or the last of them is no older than two sweeps',
    violations: Prisma.sql`
      SELECT m.id FROM missions m
      WHERE m.status = 'waiting' AND m.status_at < now() - ${TWO_SWEEPS}
        AND NOT EXISTS (
          SELECT FROM answers a
          WHERE a.mission_id = m.id AND (a.answered_at IS NULL OR a.answered_at > now() - ${TWO_SWEEPS}))
        AND NOT EXISTS (
          SELECT FROM missions c
          WHERE c.parent_mission_id = m.id AND (c.finished_at IS NULL OR c.finished_at > now() - ${TWO_SWEEPS}))`,
  },
  {
    name: 'pending_answers_differs',
    rule: 'a waiting mission counts its open asks; one that is queued or runs has none, and counts none',
    violations: Prisma.sql`
      SELECT m.id
      FROM missions m
      LEFT JOIN (SELECT mission_id, count(*) AS open FROM answers WHERE answered_at IS NULL GROUP BY mission_id) a
        ON a.mission_id = m.id
      WHERE m.finished_at IS NULL
        AND (m.pending_answers <> COALESCE(a.open, 0) OR (m.status <> 'waiting' AND m.pending_answers <> 0))`,
  },
  {
    name: 'approval_without_ask',
    rule: 'every approval.requested has its ask, every ask for an approval its event, and every decided one was answered',
    violations: Prisma.sql`
      SELECT COALESCE(a.mission_id, e.mission_id) || ' ask ' || COALESCE(a.id, e.ask_id, '?') AS id
      FROM (SELECT * FROM answers WHERE kind = 'approval') a
      FULL JOIN (
        SELECT mission_id, data->>'askId' AS ask_id, count(*) FILTER (WHERE type = 'approval.requested') AS requested,
               count(*) FILTER (WHERE type = 'approval.decided') AS decided
        FROM mission_events WHERE type IN ('approval.requested', 'approval.decided')
        GROUP BY mission_id, data->>'askId'
      ) e ON e.mission_id = a.mission_id AND e.ask_id = a.id
      WHERE a.id IS NULL OR e.requested IS DISTINCT FROM 1 OR e.decided <> (a.answer IS NOT NULL)::int`,
  },
  {
    name: 'child_of_an_ended_parent',
    rule: 'no child is left unfinished without a cancel for longer than two sweeps after its parent has ended',
    violations: Prisma.sql`
      SELECT c.id FROM missions c JOIN missions p ON p.id = c.parent_mission_id
      WHERE c.finished_at IS NULL AND c.cancel_requested_at IS NULL AND p.finished_at < now() - ${TWO_SWEEPS}`,
  },
  {
    name: 'child_out_of_place',
    rule: 'a child is one deeper than its parent, of the same account, and counted by it',
    // Retention may have taken children from it, so it may have started more than there are.
    violations: Prisma.sql`
      SELECT c.id FROM missions c JOIN missions p ON p.id = c.parent_mission_id
      WHERE c.depth <> p.depth + 1 OR c.account_id <> p.account_id
      UNION ALL
      SELECT p.id
      FROM missions p
      JOIN (SELECT parent_mission_id, count(*) AS count FROM missions GROUP BY parent_mission_id) c
        ON c.parent_mission_id = p.id
      WHERE p.child_count < c.count`,
  },
];
