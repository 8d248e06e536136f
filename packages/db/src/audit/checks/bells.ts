import { SWEEP_BATCH_ROWS } from '@flotilla/core';
import { Prisma } from '../../generated/prisma/client.ts';
import { isItsTurn } from '../../lease/turn.ts';
import { isOff, OFF_AGENTS } from '../../switches/off-agents.ts';
import { type AuditCheck, FORGOTTEN_AFTER } from '../check.ts';

/** What is owed: bells to what is due, webhooks to what has ended. */
export const BELL_CHECKS: AuditCheck[] = [
  {
    name: 'due_mission_unrung',
    rule: 'nothing that is due, and may run, stays unrung for longer than a lease and two sweeps while there are slots for all',
    // With more due than slots are free, waiting in line is no neglect, and the queue's own depth is not to be seen here.
    violations: Prisma.sql`
      WITH ${OFF_AGENTS}
      SELECT d.id
      FROM (
        SELECT m.id, m.pool, m.run_after, m.rung_at, count(*) OVER (PARTITION BY m.pool) AS due
        FROM missions m
        JOIN accounts a ON a.id = m.account_id AND a.running < a.max_running
        LEFT JOIN sessions s ON s.id = m.session_id
        WHERE m.status = 'queued' AND m.paused_at IS NULL AND m.run_after <= now()
          AND (m.session_id IS NULL OR ${isItsTurn('m')}) AND NOT ${isOff}
      ) d
      JOIN (
        SELECT p.name, sum(w.slots) - (SELECT count(*) FROM missions r WHERE r.pool = p.name AND r.status = 'running') AS free
        FROM pools p JOIN workers w ON p.name = ANY (w.pools) AND w.stopped_at IS NULL AND w.draining_at IS NULL
                                       AND w.lease_expires_at > now()
        WHERE p.paused_at IS NULL
        GROUP BY p.name
      ) pool ON pool.name = d.pool AND d.due <= pool.free
      WHERE GREATEST(d.run_after, d.rung_at) < now() - ${FORGOTTEN_AFTER}`,
  },
  {
    name: 'due_delivery_unrung',
    rule: 'none of the longest overdue deliveries stays unrung for longer than a lease and two sweeps while a worker lives',
    violations: Prisma.sql`
      SELECT d.id
      FROM (
        SELECT id, next_attempt_at, rung_at FROM deliveries
        WHERE status = 'pending' AND held_back_at IS NULL AND next_attempt_at <= now()
        ORDER BY next_attempt_at LIMIT ${SWEEP_BATCH_ROWS}::int
      ) d
      WHERE GREATEST(d.next_attempt_at, d.rung_at) < now() - ${FORGOTTEN_AFTER}
        AND EXISTS (SELECT FROM workers WHERE stopped_at IS NULL AND lease_expires_at > now())`,
  },
  {
    name: 'end_without_delivery',
    rule: 'an ended mission has a delivery to its own webhook and to every endpoint that was subscribed at that time',
    // An endpoint keeps no history: one whose subscriptions were changed or that was enabled again later is misjudged.
    violations: Prisma.sql`
      SELECT m.id || ' to ' || w.id AS id
      FROM missions m
      JOIN webhook_endpoints w
        ON w.id = m.endpoint_id
        OR (w.account_id = m.account_id AND NOT w.for_missions AND w.created_at <= m.finished_at
            AND 'mission.' || m.status::text = ANY (w.event_types))
      WHERE m.finished_at IS NOT NULL AND (w.disabled_at IS NULL OR w.disabled_at > m.finished_at)
        AND NOT EXISTS (
          SELECT FROM deliveries d
          WHERE d.mission_id = m.id AND d.event_sequence = m.event_sequence AND d.endpoint_id = w.id)`,
  },
  {
    name: 'delivery_without_attempts',
    rule: 'a settled delivery has a recorded attempt, the last of them under its own number',
    violations: Prisma.sql`
      SELECT d.id
      FROM deliveries d
      LEFT JOIN (SELECT delivery_id, max(number) AS last FROM delivery_attempts GROUP BY delivery_id) a
        ON a.delivery_id = d.id
      WHERE a.last > d.attempt
        OR (d.status <> 'pending' AND a.last IS DISTINCT FROM d.attempt
            AND d.failed_because IS DISTINCT FROM 'endpoint_disabled' AND d.failed_because IS DISTINCT FROM 'endpoint_deleted')`,
  },
  {
    name: 'endpoint_counter_wrong',
    rule: 'an endpoint’s counter says how many of its deliveries are in hand',
    violations: Prisma.sql`
      SELECT w.id
      FROM webhook_endpoints w
      LEFT JOIN (
        SELECT endpoint_id, count(*)::int AS in_hand FROM deliveries
        WHERE status = 'pending' AND claimed_at IS NOT NULL GROUP BY endpoint_id
      ) d ON d.endpoint_id = w.id
      WHERE w.in_flight <> COALESCE(d.in_hand, 0)`,
  },
  {
    name: 'held_back_unmarked',
    rule: 'a delivery that is held back stands in its account’s line, or has an endpoint that knows of it, and is woken by whoever makes room there',
    violations: Prisma.sql`
      SELECT d.id FROM deliveries d JOIN webhook_endpoints w ON w.id = d.endpoint_id
      WHERE d.status = 'pending' AND d.held_back_at IS NOT NULL AND NOT d.in_slow_lane AND w.held_back_at IS NULL`,
  },
];
