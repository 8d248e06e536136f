import { RING_AGAIN_AFTER_MS } from '@flotilla/core';
import { ROOM } from '../accounts/room.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { ACCOUNT_LIMIT } from '../lease/account-limit.ts';
import { isItsTurn } from '../lease/turn.ts';
import { lookedUp } from '../statement.ts';

/** That no bell was ever on its way to for the moment it is due; as the index `missions_unrung` has it. */
export const NEVER_RUNG = Prisma.sql`(m.rung_at IS NULL OR m.rung_at < m.run_after)`;
/** That its bell should have been answered by now: it lies in a deep queue, or is lost. */
export const UNANSWERED = Prisma.sql`m.rung_at < now() - ${RING_AGAIN_AFTER_MS}::int * interval '1 millisecond'`;
export const UNRUNG = Prisma.sql`(${NEVER_RUNG} OR ${UNANSWERED})`;

/**
 * Of those that were turned away at the limits of their accounts `a` the first in line, as many as each has room for now,
 * whether they were rung just now or not: none but these may be rung.
 * @param which a condition on the missions `h` and their accounts
 */
export function firstTurnedAway(which: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`
    SELECT a.id AS account_id, first.*
    FROM accounts a
    CROSS JOIN LATERAL (
      SELECT h.id, h.priority, h.run_after, h.rung_at
      FROM missions h LEFT JOIN sessions s ON s.id = h.session_id
      WHERE h.account_id = a.id AND h.status = 'queued' AND h.status_code = 'account_limit'
        AND h.paused_at IS NULL AND h.run_after <= now() AND ${which}
        AND (h.session_id IS NULL OR ${isItsTurn('h')})
      -- By id as well: those of a batch were all due at once, and who was rung must be who is first here.
      ORDER BY h.priority, h.run_after, h.id
      LIMIT ${ROOM}
    ) first
    WHERE a.held_back_at IS NOT NULL AND a.running < a.max_running`;
}

/**
 * The CTEs that ring the `candidate`s, and hold back those for which their accounts have no room: `taken` are both. A
 * candidate that is not `is_new` is rung only where it is among the first `room`.
 *
 * Where an account has more than it has room for, all of them are marked as turned away, those that are rung included:
 * they then stand in its line, of which no more are rung than it has room for, whoever comes next. Its row is locked
 * before, as a claim locks it: the mark on the account is seen by whoever frees a slot after this, and wakes the next.
 * An account with room for all of its own is neither locked nor marked.
 */
export function ringOrHoldBack(room: number): Prisma.Sql {
  return Prisma.sql`
    asking AS MATERIALIZED (
      SELECT c.account_id, count(*) AS missions, COALESCE(max(b.rung), 0) AS rung
      FROM candidate c
      LEFT JOIN (SELECT t.account_id, count(*) AS rung FROM turned_away t
                 WHERE t.id NOT IN (SELECT id FROM candidate) GROUP BY t.account_id) b ON b.account_id = c.account_id
      WHERE c.is_its_turn GROUP BY c.account_id
    ), account AS MATERIALIZED (
      SELECT a.id, ${ROOM} AS room
      FROM accounts a
      WHERE a.id IN (SELECT k.account_id FROM asking k JOIN accounts a ON a.id = k.account_id
                     WHERE k.missions > ${ROOM} - k.rung)
      ORDER BY a.id
      FOR NO KEY UPDATE
    ), ranked AS MATERIALIZED (
      SELECT c.*,
             c.is_its_turn AND COALESCE(k.missions > a.room - k.rung, false) AS is_crowded,
             NOT c.is_its_turn OR a.id IS NULL OR a.room - k.rung >= row_number() OVER (
               PARTITION BY c.account_id, c.is_its_turn ORDER BY c.priority, c.run_after, c.id) AS fits
      FROM candidate c LEFT JOIN account a ON a.id = c.account_id LEFT JOIN asking k ON k.account_id = a.id
    ), placed AS MATERIALIZED (
      SELECT r.*, r.fits AND (r.is_new OR ${room}::int >= row_number() OVER (
               PARTITION BY r.fits ORDER BY r.priority, r.run_after, r.id)) AS is_rung
      FROM ranked r
    ), locked AS MATERIALIZED (
      SELECT m.id, p.account_id, p.is_rung,
             p.is_crowded AND m.status_code IS DISTINCT FROM 'account_limit' AS is_turned_away
      FROM (SELECT * FROM placed WHERE (is_rung OR is_crowded) AND ${lookedUp('id')}) p JOIN missions m ON m.id = p.id
      -- As the row is once it is locked: somebody may have paused it, or rung it.
      WHERE m.status::text = 'queued' AND m.paused_at IS NULL AND m.run_after <= now() AND ${UNRUNG}
        AND (p.is_rung OR (p.is_crowded AND m.status_code IS DISTINCT FROM 'account_limit'))
      ORDER BY m.id
      FOR NO KEY UPDATE OF m SKIP LOCKED
    ), marked AS (
      UPDATE accounts a SET held_back_at = now() WHERE a.id IN (SELECT account_id FROM locked WHERE is_turned_away)
    ), taken AS (
      UPDATE missions m
      SET rings = m.rings + l.is_rung::int,
          -- One that is held back has had its turn to be rung, and leaves the index of those that never had.
          rung_at = CASE WHEN l.is_rung THEN now() ELSE GREATEST(m.rung_at, m.run_after) END,
          status_code = CASE WHEN l.is_turned_away THEN 'account_limit' ELSE m.status_code END,
          status_message = CASE WHEN l.is_turned_away THEN ${ACCOUNT_LIMIT} ELSE m.status_message END,
          status_at = CASE WHEN l.is_turned_away THEN now() ELSE m.status_at END
      FROM locked l WHERE m.id = l.id
      RETURNING m.id, m.pool, m.priority, m.rings, l.is_rung, l.is_turned_away
    )`;
}
