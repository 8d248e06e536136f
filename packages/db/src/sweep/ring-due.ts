import { RING_AGAIN_AFTER_MS, SWEEP_BATCH_ROWS, SWEEP_LOOKS_AHEAD_MS } from '@flotilla/core';
import type { Client } from '../client.ts';
import type { DueDelivery } from '../deliveries/wake.ts';
import { type DeliveryLimits, roomOf } from '../endpoints/room.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { isItsTurn } from '../lease/turn.ts';
import { runStatement } from '../statement.ts';
import { isOff, OFF_AGENTS } from '../switches/off-agents.ts';

/** `rings`: the number of its bell. `afterMs`: how long until its moment; 0 where that has come. */
export type DueMission = { missionId: string; pool: string; priority: number; rings: number; afterMs: number };
export type PoolSlots = { pool: string; slots: number };

/** Due, or before the next sweep has looked. */
export const DUE_MISSIONS = Prisma.sql`
  status = 'queued' AND paused_at IS NULL
  AND run_after <= now() + ${SWEEP_LOOKS_AHEAD_MS}::int * interval '1 millisecond'`;
/** Due, and not waiting for room at their endpoint. */
export const DUE_DELIVERIES = Prisma.sql`status = 'pending' AND held_back_at IS NULL AND next_attempt_at <= now()`;
/** Endpoints for whose room deliveries wait. */
export const HELD_BACK = Prisma.sql`held_back_at IS NOT NULL`;

/** Every pool that is not paused, and the slots that living workers give it. */
export async function countSlots(client: Client): Promise<PoolSlots[]> {
  return runStatement<PoolSlots>(
    client,
    Prisma.sql`
      SELECT p.name AS pool, COALESCE(sum(w.slots), 0)::int AS slots
      FROM pools p
      LEFT JOIN workers w ON w.stopped_at IS NULL AND w.draining_at IS NULL AND w.lease_expires_at > now()
                             AND p.name = ANY (w.pools)
      WHERE p.paused_at IS NULL
      GROUP BY p.name`,
  );
}

/** That no bell was ever on its way to for the moment it is due; as the index `missions_unrung` has it. */
const NEVER_RUNG = Prisma.sql`(m.rung_at IS NULL OR m.rung_at < m.run_after)`;
/** That its bell should have been answered by now: it lies in a deep queue, or is lost. */
const UNANSWERED = Prisma.sql`m.rung_at < now() - ${RING_AGAIN_AFTER_MS}::int * interval '1 millisecond'`;
const UNRUNG = Prisma.sql`(${NEVER_RUNG} OR ${UNANSWERED})`;

/**
 * The first of a pool's line whose bell is as `bell` has it: priority first, then the longest due. Of those that were
 * turned away at their account's limit no more than it has room for, those that were rung just now included; and of those
 * that were turned away for their agent, none while it is off. Needs `OFF_AGENTS`.
 */
function firstDue(pool: string, bell: Prisma.Sql, limit: number): Prisma.Sql {
  return Prisma.sql`
        SELECT id FROM (
          (SELECT m.id, m.priority, m.run_after FROM missions m LEFT JOIN sessions s ON s.id = m.session_id
           WHERE m.pool = ${pool} AND m.status = 'queued' AND m.paused_at IS NULL AND m.run_after <= now()
             AND m.status_code IS DISTINCT FROM 'account_limit' AND ${bell}
             AND (m.status_code IS DISTINCT FROM 'agent_off' OR NOT ${isOff})
             AND (m.session_id IS NULL OR ${isItsTurn('m')})
           ORDER BY m.priority, m.run_after
           LIMIT ${limit}::int)
          UNION ALL
          (SELECT m.id, m.priority, m.run_after
           FROM accounts a
           CROSS JOIN LATERAL (
             SELECT h.id, h.priority, h.run_after, h.rung_at
             FROM missions h LEFT JOIN sessions s ON s.id = h.session_id
             WHERE h.account_id = a.id AND h.status = 'queued' AND h.status_code = 'account_limit'
               AND h.paused_at IS NULL AND h.run_after <= now() AND h.pool = ${pool}
               AND (h.session_id IS NULL OR ${isItsTurn('h')})
             ORDER BY h.priority, h.run_after
             LIMIT GREATEST(a.max_running - a.running, 0)
           ) m
           WHERE a.held_back_at IS NOT NULL AND a.running < a.max_running AND ${bell})
        ) either
        ORDER BY priority, run_after
        LIMIT ${limit}::int`;
}

/**
 * Missions of a pool that are due and unrung: as many as its queue has `room` for, and beyond that those that nobody has
 * rung for the moment they are due. Those stand in no queue, and whoever is POSTed after them would go before them for as
 * long as it is full; the others have their bell in it, but for those of `readUnanswered`. Their ring is counted here, so
 * that each bell has a number of its own.
 *
 * With them come those that will be due before the next sweep has looked (`afterMs` > 0). Of these nothing is written
 * yet: whoever waits for their moment takes them then, and should it die before, the next sweep finds them due.
 */
export async function takeDueMissions(client: Client, pool: string, room: number): Promise<DueMission[]> {
  return runStatement<DueMission>(
    client,
    Prisma.sql`
      WITH ${OFF_AGENTS}, due AS MATERIALIZED (
        (${firstDue(pool, UNRUNG, room)})
        UNION
        (${firstDue(pool, NEVER_RUNG, SWEEP_BATCH_ROWS)})
      ), locked AS MATERIALIZED (
        SELECT m.id FROM missions m JOIN due d ON d.id = m.id
        WHERE m.status = 'queued'
        ORDER BY m.id
        FOR NO KEY UPDATE OF m SKIP LOCKED
      ), rung AS (
        UPDATE missions m SET rings = m.rings + 1, rung_at = now()
        FROM locked l WHERE m.id = l.id
        RETURNING m.id, m.pool, m.priority, m.rings, 0::float8 AS after_ms
      )
      SELECT id AS "missionId", pool, priority, rings, after_ms AS "afterMs" FROM rung
      UNION ALL
      (SELECT m.id, m.pool, m.priority, m.rings + 1, (extract(epoch FROM m.run_after - now()) * 1000)::float8
       FROM missions m
       WHERE m.pool = ${pool} AND ${DUE_MISSIONS} AND m.run_after > now() AND ${NEVER_RUNG}
       ORDER BY m.run_after
       LIMIT ${SWEEP_BATCH_ROWS}::int)`,
  );
}

/**
 * The first so many of a pool's line whose bell should have been answered by now, each with the number of that bell. Only
 * the queue knows whether it still has it; nothing is written.
 */
export async function readUnanswered(client: Client, pool: string, limit: number): Promise<DueMission[]> {
  return runStatement<DueMission>(
    client,
    Prisma.sql`
      WITH ${OFF_AGENTS}, due AS MATERIALIZED (${firstDue(pool, UNANSWERED, limit)})
      SELECT m.id AS "missionId", m.pool, m.priority, m.rings, 0 AS "afterMs"
      FROM due d JOIN missions m ON m.id = d.id`,
  );
}

/** Those of these missions that are due and unrung: nobody has rung them for their moment, or their bell is lost. */
export async function takeUnrung(client: Client, missionIds: readonly string[]): Promise<DueMission[]> {
  return runStatement<DueMission>(
    client,
    Prisma.sql`
      WITH locked AS MATERIALIZED (
        SELECT m.id FROM missions m
        WHERE m.id = ANY (${missionIds}) AND m.status::text = 'queued' AND m.paused_at IS NULL AND m.run_after <= now()
          AND ${UNRUNG}
        ORDER BY m.id
        FOR NO KEY UPDATE OF m SKIP LOCKED
      )
      UPDATE missions m SET rings = m.rings + 1, rung_at = now()
      FROM locked l WHERE m.id = l.id
      RETURNING m.id AS "missionId", m.pool, m.priority, m.rings, 0 AS "afterMs"`,
  );
}

/**
 * `taken`: how many were rung or held back; as many as there may be: there are more. `passedBy`: how many were left as
 * they are, since somebody had them or their endpoints locked.
 */
export type DueDeliveries = { bells: DueDelivery[]; taken: number; passedBy: number };

/**
 * Deliveries that are due and whose bell should have been answered by now. Of each endpoint no more are rung than it has
 * room for; the others are held back, as their claims would hold them back, for whoever makes room.
 */
export async function takeDueDeliveries(client: Client, limits: DeliveryLimits): Promise<DueDeliveries> {
  const rows = await runStatement<DueDelivery & { isRung: boolean | null }>(
    client,
    Prisma.sql`
      WITH due AS MATERIALIZED (
        SELECT id, endpoint_id FROM deliveries
        WHERE ${DUE_DELIVERIES}
          AND (rung_at IS NULL OR rung_at < next_attempt_at
               OR rung_at < now() - ${RING_AGAIN_AFTER_MS}::int * interval '1 millisecond')
        ORDER BY next_attempt_at
        LIMIT ${SWEEP_BATCH_ROWS}::int
      ), endpoint AS MATERIALIZED (
        SELECT w.id, ${roomOf(limits)} AS room
        FROM webhook_endpoints w WHERE w.id IN (SELECT endpoint_id FROM due)
        ORDER BY w.id
        FOR NO KEY UPDATE SKIP LOCKED
      ), locked AS MATERIALIZED (
        SELECT d.id, d.endpoint_id, d.next_attempt_at, d.claimed_at IS NOT NULL AS is_in_hand, e.room
        FROM due JOIN deliveries d ON d.id = due.id JOIN endpoint e ON e.id = d.endpoint_id
        WHERE d.status::text = 'pending' AND d.held_back_at IS NULL AND d.next_attempt_at <= now()
        ORDER BY d.id
        FOR NO KEY UPDATE OF d SKIP LOCKED
      ), ranked AS MATERIALIZED (
        -- One whose worker died with it has its place already.
        SELECT l.id, l.endpoint_id, l.is_in_hand OR l.room >= row_number() OVER (
                 PARTITION BY l.endpoint_id, l.is_in_hand ORDER BY l.next_attempt_at, l.id) AS fits
        FROM locked l
      ), marked AS (
        UPDATE webhook_endpoints w SET held_back_at = now()
        WHERE w.id IN (SELECT endpoint_id FROM ranked WHERE NOT fits)
      ), taken AS (
        UPDATE deliveries d
        SET rings = d.rings + r.fits::int, rung_at = CASE WHEN r.fits THEN now() ELSE d.rung_at END,
            held_back_at = CASE WHEN r.fits THEN NULL ELSE now() END
        FROM ranked r WHERE d.id = r.id
        RETURNING d.id, d.rings, r.fits
      )
      SELECT due.id AS "deliveryId", t.rings, t.fits AS "isRung" FROM due LEFT JOIN taken t ON t.id = due.id`,
  );
  const bells = rows.flatMap(({ deliveryId, rings, isRung }) => (isRung === true ? { deliveryId, rings } : []));
  const passedBy = rows.filter(({ isRung }) => isRung === null).length;
  return { bells, taken: rows.length - passedBy, passedBy };
}
