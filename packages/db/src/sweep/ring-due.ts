import { RING_AGAIN_AFTER_MS, SWEEP_BATCH_ROWS, SWEEP_LOOKS_AHEAD_MS } from '@flotilla/core';
import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { isItsTurn } from '../lease/turn.ts';
import { runStatement } from '../statement.ts';

/** `afterMs`: how long until its moment; 0 where that has come. */
export type DueMission = { missionId: string; pool: string; priority: number; rings: number; afterMs: number };
export type PoolSlots = { pool: string; slots: number };
export type DueDelivery = { deliveryId: string; rings: number };

/** Due, or before the next sweep has looked. */
export const DUE_MISSIONS = Prisma.sql`
  status = 'queued' AND paused_at IS NULL
  AND run_after <= now() + ${SWEEP_LOOKS_AHEAD_MS}::int * interval '1 millisecond'`;
export const DUE_DELIVERIES = Prisma.sql`status = 'pending' AND next_attempt_at <= now()`;

/** Every pool that is not paused, and the slots that living workers give it. */
export async function countSlots(client: Client): Promise<PoolSlots[]> {
  return runStatement<PoolSlots>(
    client,
    Prisma.sql`
      SELECT p.name AS pool, COALESCE(sum(w.slots), 0)::int AS slots
      FROM pools p
      LEFT JOIN workers w ON w.stopped_at IS NULL AND w.lease_expires_at > now() AND p.name = ANY (w.pools)
      WHERE p.paused_at IS NULL
      GROUP BY p.name`,
  );
}

/**
 * Missions of a pool that are due, or will be before the next sweep, and whose bell, if there ever was one, should have
 * been answered by now: priority first, then the longest due. Their ring is counted here, so that each bell has a number
 * of its own, and dated to its moment, so that one that is lost on the way there is rung again.
 */
export async function takeDueMissions(client: Client, pool: string, limit: number): Promise<DueMission[]> {
  return runStatement<DueMission>(
    client,
    Prisma.sql`
      WITH due AS MATERIALIZED (
        SELECT m.id FROM missions m LEFT JOIN sessions s ON s.id = m.session_id
        WHERE pool = ${pool} AND ${DUE_MISSIONS}
          AND (rung_at IS NULL OR rung_at < run_after
               OR rung_at < now() - ${RING_AGAIN_AFTER_MS}::int * interval '1 millisecond')
          AND (status_code IS DISTINCT FROM 'account_limit'
               OR EXISTS (SELECT FROM accounts a WHERE a.id = m.account_id AND a.running < a.max_running))
          AND (m.session_id IS NULL OR ${isItsTurn('m')})
        ORDER BY priority, run_after
        LIMIT ${limit}::int
      ), locked AS MATERIALIZED (
        SELECT m.id FROM missions m JOIN due d ON d.id = m.id
        WHERE m.status = 'queued'
        ORDER BY m.id
        FOR NO KEY UPDATE OF m SKIP LOCKED
      )
      UPDATE missions m SET rings = m.rings + 1, rung_at = GREATEST(now(), m.run_after)
      FROM locked l WHERE m.id = l.id
      RETURNING m.id AS "missionId", m.pool, m.priority, m.rings,
                GREATEST(0, extract(epoch FROM m.run_after - now()) * 1000)::float8 AS "afterMs"`,
  );
}

/** Deliveries that are due and whose bell should have been answered by now. */
export async function takeDueDeliveries(client: Client): Promise<DueDelivery[]> {
  return runStatement<DueDelivery>(
    client,
    Prisma.sql`
      WITH due AS MATERIALIZED (
        SELECT id FROM deliveries
        WHERE ${DUE_DELIVERIES}
          AND (rung_at IS NULL OR rung_at < next_attempt_at
               OR rung_at < now() - ${RING_AGAIN_AFTER_MS}::int * interval '1 millisecond')
        ORDER BY next_attempt_at
        LIMIT ${SWEEP_BATCH_ROWS}::int
        FOR NO KEY UPDATE SKIP LOCKED
      )
      UPDATE deliveries d SET rings = d.rings + 1, rung_at = now()
      FROM due WHERE d.id = due.id
      RETURNING d.id AS "deliveryId", d.rings`,
  );
}
