import { Prisma } from '../../generated/prisma/client.ts';
import { type AuditCheck, FORGOTTEN_AFTER } from '../check.ts';

/** Whom a mission belongs to: its parent, its session, its chain. */
export const FAMILY_CHECKS: AuditCheck[] = [
  {
    name: 'child_without_call',
    rule: 'a child was started by a tool call of its parent, in the same account and one level below',
    violations: Prisma.sql`
      SELECT c.id
      FROM missions c
      JOIN missions p ON p.id = c.parent_mission_id
      LEFT JOIN tool_calls t ON t.mission_id = p.id AND t.step_number = c.parent_step AND t.index = c.parent_call
      WHERE t.mission_id IS NULL OR c.account_id <> p.account_id OR c.depth <> p.depth + 1`,
  },
  {
    name: 'child_not_counted',
    rule: 'a mission has no more children than it counts; those past their retention are still counted',
    violations: Prisma.sql`
      SELECT p.id
      FROM missions p
      JOIN (
        SELECT parent_mission_id, count(*) AS children FROM missions WHERE parent_mission_id IS NOT NULL
        GROUP BY parent_mission_id
      ) c ON c.parent_mission_id = p.id
      WHERE c.children > p.child_count`,
  },
  {
    name: 'child_of_a_running_parent',
    rule: 'while a mission is queued or running, all its children have ended',
    violations: Prisma.sql`
      SELECT c.id
      FROM missions c JOIN missions p ON p.id = c.parent_mission_id
      WHERE p.status IN ('queued', 'running') AND c.finished_at IS NULL`,
  },
  {
    name: 'child_left_behind',
    rule: 'no child goes on for longer than a lease and two sweeps after its parent’s end without being told to stop, while a worker lives',
    violations: Prisma.sql`
      SELECT c.id
      FROM missions c JOIN missions p ON p.id = c.parent_mission_id
      WHERE c.finished_at IS NULL AND c.cancel_requested_at IS NULL AND p.finished_at < now() - ${FORGOTTEN_AFTER}
        AND EXISTS (SELECT FROM workers WHERE stopped_at IS NULL AND lease_expires_at > now())`,
  },
  {
    name: 'session_with_two_active',
    rule: 'of a session only the mission that has it runs or waits, or was begun and lies queued',
    violations: Prisma.sql`
      SELECT m.id
      FROM missions m JOIN sessions s ON s.id = m.session_id
      WHERE (m.status IN ('running', 'waiting') OR (m.status = 'queued' AND m.attempt > 0)) AND s.active_mission_id IS DISTINCT FROM m.id`,
  },
  {
    name: 'session_of_another_account',
    rule: 'the missions of a session belong to its account',
    violations: Prisma.sql`
      SELECT m.id FROM missions m JOIN sessions s ON s.id = m.session_id WHERE m.account_id <> s.account_id`,
  },
  {
    name: 'chain_out_of_order',
    rule: 'the steps of a chain belong to its stages in order, and a mission is in the stage of its last step',
    violations: Prisma.sql`
      SELECT m.id
      FROM missions m
      LEFT JOIN (
        SELECT mission_id, max(chain_stage) AS last, bool_or(chain_stage NOT BETWEEN before AND before + 1) AS disordered
        FROM (
          SELECT mission_id, chain_stage,
                 lag(chain_stage, 1, 0::int2) OVER (PARTITION BY mission_id ORDER BY number) AS before
          FROM steps
        ) numbered
        GROUP BY mission_id
      ) s ON s.mission_id = m.id
      WHERE m.chain_stage <> COALESCE(s.last, 0) OR s.disordered
         OR m.chain_stage >= GREATEST(jsonb_array_length(COALESCE(m.spec->'chain', '[]'::jsonb)), 1)`,
  },
];
