import { SWEEP_BATCH_ROWS } from '@flotilla/core';
import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { GO_ON, hasNoChildLeft } from '../missions/go-on.ts';
import { STILL_WAITS } from '../missions/still-waits.ts';
import { runStatement } from '../statement.ts';
import type { DueMission } from './ring-due.ts';

/** Answers that nobody gave in time. */
export const OVERDUE_ANSWERS = Prisma.sql`answered_at IS NULL AND expires_at IS NOT NULL AND expires_at <= now()`;

/** Answers that nobody gave in time are settled as expired; a mission that waits for nothing else goes on, to be rung. */
export async function expireAnswers(client: Client): Promise<DueMission[]> {
  return runStatement<DueMission>(
    client,
    Prisma.sql`
      WITH late AS MATERIALIZED (
        SELECT id, mission_id FROM answers
        WHERE ${OVERDUE_ANSWERS}
        ORDER BY expires_at
        LIMIT ${SWEEP_BATCH_ROWS}::int
      ), found AS MATERIALIZED (
        SELECT f.id, f.status, f.pending_answers, ${hasNoChildLeft('f')} AS alone
        FROM missions f WHERE f.id IN (SELECT mission_id FROM late)
        ORDER BY f.id
        FOR NO KEY UPDATE
      ), expired AS (
        UPDATE answers a SET answered_at = now(), answered_by = 'expiry'
        FROM late l JOIN found f ON f.id = l.mission_id
        WHERE a.id = l.id AND a.answered_at IS NULL
        RETURNING a.id, a.mission_id
      ), settled AS (
        SELECT id FROM expired
      ), counted AS MATERIALIZED (
        SELECT f.id, e.answers, f.pending_answers = e.answers AND f.alone AS is_last
        FROM (SELECT mission_id, count(*)::int AS answers FROM expired GROUP BY mission_id) e
        JOIN found f ON f.id = e.mission_id AND f.status = 'waiting'
      ), noted AS (
        UPDATE missions m SET pending_answers = m.pending_answers - c.answers, ${STILL_WAITS}
        FROM counted c WHERE m.id = c.id AND NOT c.is_last
      ), ready AS MATERIALIZED (
        SELECT id, 'expiry' AS because, 0 AS events FROM counted WHERE is_last
      ), ${GO_ON}
      SELECT id AS "missionId", pool, priority, rings, 0 AS "afterMs" FROM went_on WHERE paused_at IS NULL`,
  );
}
