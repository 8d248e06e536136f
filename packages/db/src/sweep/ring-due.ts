import { RING_AGAIN_AFTER_MS, SWEEP_BATCH_ROWS, SWEEP_LOOKS_AHEAD_MS } from '@flotilla/core';
import type { Client } from '../client.ts';
import type { DueDelivery } from '../deliveries/wake.ts';
import { type DeliveryLimits, roomOf } from '../endpoints/room.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { isItsTurn } from '../lease/turn.ts';
import { runStatement } from '../statement.ts';
import { isOff, OFF_AGENTS } from '../switches/off-agents.ts';
import { firstTurnedAway, NEVER_RUNG, ringOrHoldBack, UNANSWERED, UNRUNG } from './ring-or-hold-back.ts';

/** `rings`: the number of its bell. `afterMs`: how long until its moment; 0 where that has come. */
export type DueMission = { missionId: string; pool: string; priority: number; rings: number; afterMs: number };
/** `turnedAway`: those that were marked as turned away at their account's limit, of which as many are rung as it has room for. */
export type DueMissions = { bells: DueMission[]; turnedAway: string[] };
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

/** So many in line are looked at where some may be rung, however few: those before them may have to be held back. */
const LOOKED_AT = SWEEP_BATCH_ROWS;

/** Those of a pool's line whose bell is as `bell` has it, and whom no account's limit has turned away. Needs `OFF_AGENTS`. */
function inLine(pool: string, bell: Prisma.Sql, limit: number): Prisma.Sql {
  return Prisma.sql`
    SELECT m.id, m.account_id, m.priority, m.run_after, ${NEVER_RUNG} AS is_new, true AS is_its_turn
    FROM missions m LEFT JOIN sessions s ON s.id = m.session_id
    WHERE m.pool = ${pool} AND m.status = 'queued' AND m.paused_at IS NULL AND m.run_after <= now()
      AND m.status_code IS DISTINCT FROM 'account_limit' AND ${bell}
      AND (m.status_code IS DISTINCT FROM 'agent_off' OR NOT ${isOff})
      AND (m.session_id IS NULL OR ${isItsTurn('m')})
    ORDER BY m.priority, m.run_after, m.id
    LIMIT ${limit}::int`;
}

/**
 * Missions of a pool that are due and unrung: as many as its queue has `room` for, and beyond that those that nobody has
 * rung for the moment they are due. Those stand in no queue, and whoever is POSTed after them would go before them for as
 * long as it is full; the others have their bell in it, but for those of `readUnanswered`. Their ring is counted here, so
 * that each bell has a number of its own.
 *
 * Of each account no more are rung than it has room for; the others are turned away as their claims would have turned
 * them away. Where there are any, more may be due behind them.
 *
 * With them come those that will be due before the next sweep has looked (`afterMs` > 0). Of these nothing is written
 * yet: whoever waits for their moment takes them then, and should it die before, the next sweep finds them due.
 */
export async function takeDueMissions(client: Client, pool: string, room: number): Promise<DueMissions> {
  const rows = await runStatement<Taken>(
    client,
    Prisma.sql`
      WITH ${OFF_AGENTS}, turned_away AS MATERIALIZED (${firstTurnedAway(Prisma.sql`h.pool = ${pool}`)}),
      candidate AS MATERIALIZED (
        (${inLine(pool, UNRUNG, room > 0 ? LOOKED_AT : 0)})
        UNION
        (${inLine(pool, NEVER_RUNG, SWEEP_BATCH_ROWS)})
        UNION
        SELECT m.id, m.account_id, m.priority, m.run_after, ${NEVER_RUNG}, true FROM turned_away m
        WHERE ${NEVER_RUNG} OR (${room}::int > 0 AND ${UNRUNG})
      ), ${ringOrHoldBack(room)}
      SELECT id AS "missionId", pool, priority, rings, 0::float8 AS "afterMs", is_rung AS "isRung",
             is_turned_away AS "isTurnedAway"
      FROM taken
      UNION ALL
      (SELECT m.id, m.pool, m.priority, m.rings + 1, (extract(epoch FROM m.run_after - now()) * 1000)::float8, true, false
       FROM missions m
       WHERE m.pool = ${pool} AND ${DUE_MISSIONS} AND m.run_after > now() AND ${NEVER_RUNG}
       ORDER BY m.run_after
       LIMIT ${SWEEP_BATCH_ROWS}::int)`,
  );
  const turnedAway = rows.flatMap(({ missionId, isTurnedAway }) => (isTurnedAway ? missionId : []));
  return { bells: bellsOf(rows), turnedAway };
}

/**
 * The first so many of a pool's line whose bell should have been answered by now, each with the number of that bell. Only
 * the queue knows whether it still has it; nothing is written.
 */
export async function readUnanswered(client: Client, pool: string, limit: number): Promise<DueMission[]> {
  return runStatement<DueMission>(
    client,
    Prisma.sql`
      WITH ${OFF_AGENTS}, turned_away AS MATERIALIZED (${firstTurnedAway(Prisma.sql`h.pool = ${pool}`)}),
      due AS MATERIALIZED (
        (${inLine(pool, UNANSWERED, limit)})
        UNION ALL
        SELECT m.id, m.account_id, m.priority, m.run_after, false, true FROM turned_away m WHERE ${UNANSWERED}
        ORDER BY priority, run_after, id
        LIMIT ${limit}::int
      )
      SELECT m.id AS "missionId", m.pool, m.priority, m.rings, 0 AS "afterMs"
      FROM due d JOIN missions m ON m.id = d.id`,
  );
}

/**
 * Those of these missions that are due and unrung: nobody has rung them for their moment, or their bell is lost. Of each
 * account no more than it has room for; the others are held back. One that waits for its session is left to its claim.
 */
export async function takeUnrung(client: Client, missionIds: readonly string[]): Promise<DueMission[]> {
  const rows = await runStatement<Taken>(
    client,
    Prisma.sql`
      WITH candidate AS MATERIALIZED (
        SELECT m.id, m.account_id, m.pool, m.priority, m.run_after, true AS is_new,
               m.session_id IS NULL OR ${isItsTurn('m')} AS is_its_turn
        FROM missions m LEFT JOIN sessions s ON s.id = m.session_id
        WHERE m.id = ANY (${missionIds}) AND m.status::text = 'queued' AND m.paused_at IS NULL AND m.run_after <= now()
          AND ${UNRUNG}
      ), turned_away AS MATERIALIZED (
        ${firstTurnedAway(Prisma.sql`h.pool IN (SELECT pool FROM candidate) AND a.id IN (SELECT account_id FROM candidate)`)}
      ), ${ringOrHoldBack(missionIds.length)}
      SELECT id AS "missionId", pool, priority, rings, 0 AS "afterMs", is_rung AS "isRung",
             is_turned_away AS "isTurnedAway"
      FROM taken`,
  );
  return bellsOf(rows);
}

type Taken = DueMission & { isRung: boolean; isTurnedAway: boolean };

const bellsOf = (rows: readonly Taken[]): DueMission[] =>
  rows.flatMap(({ missionId, pool, priority, rings, afterMs, isRung }) =>
    isRung ? { missionId, pool, priority, rings, afterMs } : [],
  );

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
  const isUnrung = Prisma.sql`
    (d.rung_at IS NULL OR d.rung_at < d.next_attempt_at
     OR d.rung_at < now() - ${RING_AGAIN_AFTER_MS}::int * interval '1 millisecond')`;
  const rows = await runStatement<DueDelivery & { isRung: boolean | null }>(
    client,
    Prisma.sql`
      WITH due AS MATERIALIZED (
        SELECT id, endpoint_id FROM deliveries d
        WHERE ${DUE_DELIVERIES} AND ${isUnrung}
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
        -- As the row is once it is locked: another sweep may have rung it.
        WHERE d.status::text = 'pending' AND d.held_back_at IS NULL AND d.next_attempt_at <= now() AND ${isUnrung}
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
