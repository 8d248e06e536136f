import { WAITING_REASONS } from '@flotilla/core';
import { Prisma } from '../generated/prisma/client.ts';

/**
 * To be set on a mission `m` that goes on waiting while the asks of a CTE `settled (id)` are answered: what it waits for
 * now. The first ask that is open gives the kind; without one it is children.
 */
export const STILL_WAITS = Prisma.sql`
  (waiting_for, status_code, status_message) = (
    SELECT jsonb_build_object('kind', w.kind, 'detail', w.detail || jsonb_build_object('pending', w.asks + w.children)),
           ${JSON.stringify(WAITING_REASONS)}::jsonb->w.kind->>'code',
           ${JSON.stringify(WAITING_REASONS)}::jsonb->w.kind->>'message'
    FROM (
      SELECT COALESCE(first.kind::text, 'children') AS kind, open.asks, family.children,
             CASE WHEN first.kind IS NULL THEN jsonb_build_object('missionIds', family.ids)
                  ELSE jsonb_build_object('step', first.step_number, 'index', first.call_index, 'request', first.request)
             END AS detail
      FROM (
        SELECT count(*) AS children, COALESCE(jsonb_agg(c.id ORDER BY c.parent_step, c.parent_call), '[]'::jsonb) AS ids
        FROM missions c WHERE c.parent_mission_id = m.id AND c.finished_at IS NULL
      ) family
      CROSS JOIN (
        SELECT count(*) AS asks
        FROM answers o WHERE o.mission_id = m.id AND o.answered_at IS NULL AND o.id NOT IN (SELECT id FROM settled)
      ) open
      LEFT JOIN LATERAL (
        SELECT o.kind, o.step_number, o.call_index, o.request
        FROM answers o WHERE o.mission_id = m.id AND o.answered_at IS NULL AND o.id NOT IN (SELECT id FROM settled)
        ORDER BY o.step_number NULLS FIRST, o.call_index, o.id
        LIMIT 1
      ) first ON true
    ) w)`;
