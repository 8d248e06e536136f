import { TERMINAL_EVENT } from '@flotilla/core';
import { Prisma } from '../../generated/prisma/client.ts';
import type { AuditCheck } from '../check.ts';

const TERMINAL_TYPES = Object.values(TERMINAL_EVENT);

/** What was told about what was done. */
export const EVENT_CHECKS: AuditCheck[] = [
  {
    name: 'events_not_gapless',
    rule: 'the events of a mission are numbered from 1 without a gap up to its event_sequence',
    violations: Prisma.sql`
      SELECT m.id
      FROM missions m
      LEFT JOIN (
        SELECT mission_id, count(*) AS count, min(sequence) AS first, max(sequence) AS last
        FROM mission_events GROUP BY mission_id
      ) e ON e.mission_id = m.id
      WHERE m.event_sequence <> COALESCE(e.count, 0) OR e.first <> 1 OR e.last <> m.event_sequence`,
  },
  {
    name: 'step_without_event',
    rule: 'every step that the mission completed has one step.completed event, and no other step has any',
    // A copied step that was complete has no call that ran under an attempt of this mission.
    violations: Prisma.sql`
      SELECT s.mission_id || ' step ' || s.number AS id
      FROM steps s
      LEFT JOIN (
        SELECT mission_id, (data->>'step')::int AS step, count(*) AS count
        FROM mission_events WHERE type = 'step.completed' GROUP BY 1, 2
      ) e ON e.mission_id = s.mission_id AND e.step = s.number
      WHERE COALESCE(e.count, 0) <> (s.completed_at IS NOT NULL AND (s.attempt > 0 OR EXISTS (
        SELECT FROM tool_calls t
        WHERE t.mission_id = s.mission_id AND t.step_number = s.number AND t.attempt IS NOT NULL)))::int`,
  },
  {
    name: 'tool_call_without_event',
    rule: 'every tool call that the mission completed has one tool_call.completed event, and every one that it started a tool_call.started',
    violations: Prisma.sql`
      SELECT t.mission_id || ' step ' || t.step_number || ' call ' || t.index AS id
      FROM (
        -- Copied as it was, a call is as good as pending here: nothing was told of it.
        SELECT c.mission_id, c.step_number, c.index,
               CASE WHEN s.attempt = 0 AND c.attempt IS NULL THEN 'pending' ELSE c.status END AS status
        FROM tool_calls c JOIN steps s ON s.mission_id = c.mission_id AND s.number = c.step_number
      ) t
      LEFT JOIN (
        SELECT mission_id, (data->>'step')::int AS step, (data->>'index')::int AS index,
               count(*) FILTER (WHERE type = 'tool_call.completed') AS completed,
               count(*) FILTER (WHERE type = 'tool_call.started') AS started
        FROM mission_events WHERE type IN ('tool_call.completed', 'tool_call.started') GROUP BY 1, 2, 3
      ) e ON e.mission_id = t.mission_id AND e.step = t.step_number AND e.index = t.index
      WHERE COALESCE(e.completed, 0) <> (t.status = 'completed')::int
         OR COALESCE(e.started, 0) > 1
         OR (t.status = 'started' AND COALESCE(e.started, 0) = 0)
         OR (t.status = 'pending' AND COALESCE(e.started, 0) > 0)`,
  },
  {
    name: 'end_without_its_event',
    rule: 'an ended mission has exactly one terminal event, that of its status, and it is its last; others have none',
    violations: Prisma.sql`
      SELECT m.id
      FROM missions m
      LEFT JOIN (
        SELECT mission_id, count(*) AS count, max(sequence) AS sequence, max(type) AS type
        FROM mission_events WHERE type = ANY (${TERMINAL_TYPES}) GROUP BY mission_id
      ) e ON e.mission_id = m.id
      WHERE (m.finished_at IS NULL AND e.count > 0)
         OR (m.finished_at IS NOT NULL AND
             (e.count, e.sequence, e.type) IS DISTINCT FROM (1, m.event_sequence, 'mission.' || m.status::text))`,
  },
];
