import { BACKLOG_STALE_AFTER_MS } from '@flotilla/core';
import { ROOM } from '../accounts/room.ts';
import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { isItsTurn } from '../lease/turn.ts';
import { runByIndex, runStatement } from '../statement.ts';
import { isOff, OFF_AGENTS } from '../switches/off-agents.ts';

/**
 * What a pool has to do, and with what. `due`: queued, due and unpaused. `runnable`: those of them that a free slot
 * could take now. `oldestDueMs`: how long the longest due one has waited; `oldestRunnableMs`: for how long the longest
 * waiting of the runnable ones could have been taken; 0 where none is. `desiredWorkers`: as many as have room for what
 * runs and could run.
 */
export type PoolBacklog = {
  pool: string;
  due: number;
  runnable: number;
  running: number;
  oldestDueMs: number;
  oldestRunnableMs: number;
  workers: number;
  slots: number;
  desiredWorkers: number;
};

/** What is deeper is counted as this: no fleet is scaled by more, and nobody should wait for the count. */
const COUNTED_UP_TO = 100_000;

/**
 * Counts the backlog of every pool and writes it down, for all to read the same figures.
 *
 * Of an account no more is runnable than it has room for, and of a session its next mission only: a thousand missions of
 * an account that may run one are work for one slot, and must not buy a hundred workers. An account that is in several
 * pools has its room in each of them. A paused pool has nothing to run, and a
 * switched-off agent nothing due. Without a live worker the last one's slots
 * stand for a new one's.
 *
 * The count goes from account to account. When `countedUpTo` missions of a pool are counted as due, of the accounts after
 * that only what is runnable is looked for, and no more of it than as many again: what one account may not run, however
 * deep it lies, hides nothing of what another may.
 *
 * A runnable mission waits since it was due, since something last changed about it (it was turned away, told to go on or
 * resumed), since its account had room again and since the mission before it in its session has ended, whichever came last.
 */
export async function countPoolBacklogs(client: Client, countedUpTo = COUNTED_UP_TO): Promise<void> {
  const most = Prisma.sql`${countedUpTo}::int`;
  await runByIndex(
    client,
    Prisma.sql`
      WITH RECURSIVE ${OFF_AGENTS}, walk AS (
        SELECT ''::text AS pool, ''::text AS account_id, 0 AS due, 0 AS runnable,
               NULL::timestamptz AS oldest_due_at, NULL::timestamptz AS oldest_runnable_at
        UNION ALL
        SELECT next.pool, next.account_id, next.due + found.due, next.runnable + found.runnable,
               found.oldest_due_at, found.oldest_runnable_at
        FROM walk w
        CROSS JOIN LATERAL (
          SELECT m.pool, m.account_id, CASE m.pool WHEN w.pool THEN w.due ELSE 0 END AS due,
                 CASE m.pool WHEN w.pool THEN w.runnable ELSE 0 END AS runnable
          FROM missions m
          WHERE m.status = 'queued' AND m.paused_at IS NULL AND (m.pool, m.account_id) > (w.pool, w.account_id)
          ORDER BY m.pool, m.account_id
          LIMIT 1
        ) next
        JOIN accounts a ON a.id = next.account_id
        CROSS JOIN LATERAL (
          SELECT count(*)::int AS due, LEAST(count(*) FILTER (WHERE t.is_next), ${ROOM})::int AS runnable,
                 min(t.run_after) AS oldest_due_at, min(t.since) AS oldest_runnable_at
          FROM (
            SELECT q.run_after, q.is_next, CASE WHEN q.is_next THEN GREATEST(
                     q.run_after, q.status_at, a.room_since,
                     (SELECT before.finished_at FROM missions before WHERE before.id = q.active_mission_id)) END AS since
            FROM (
              SELECT m.run_after, m.status_at, s.active_mission_id,
                     ${ROOM} > 0 AND (m.session_id IS NULL OR ${isItsTurn('m')}) AS is_next
              FROM missions m LEFT JOIN sessions s ON s.id = m.session_id
              WHERE m.pool = next.pool AND m.account_id = next.account_id
                AND m.status = 'queued' AND m.paused_at IS NULL AND m.run_after <= now() AND NOT ${isOff}
              ORDER BY m.run_after
              LIMIT ${most}
            ) q
            WHERE q.is_next OR next.due < ${most}
            LIMIT CASE WHEN next.due < ${most} THEN ${most} ELSE LEAST(${ROOM}, GREATEST(${most} - next.runnable, 0)) END
          ) t
        ) found
      ), waiting AS (
        SELECT pool, LEAST(max(due), ${most}) AS due, LEAST(max(runnable), ${most}) AS runnable,
               min(oldest_due_at) AS oldest_due_at, min(oldest_runnable_at) AS oldest_runnable_at
        FROM walk GROUP BY pool
      ), running AS (
        SELECT pool, count(*)::int AS running FROM missions WHERE status = 'running' GROUP BY pool
      ), fleet AS (
        SELECT p.name AS pool, count(w.id)::int AS workers, COALESCE(sum(w.slots), 0)::int AS slots,
               COALESCE(avg(w.slots), (
                 SELECT l.slots FROM workers l WHERE p.name = ANY (l.pools) ORDER BY l.started_at DESC LIMIT 1
               ), 1) AS slots_each
        FROM pools p
        LEFT JOIN workers w ON w.stopped_at IS NULL AND w.draining_at IS NULL AND w.lease_expires_at > now()
                               AND p.name = ANY (w.pools)
        GROUP BY p.name
      ), counted AS (
        SELECT p.name AS pool, COALESCE(b.due, 0) AS due, b.oldest_due_at, COALESCE(r.running, 0) AS running,
               CASE WHEN p.paused_at IS NULL THEN COALESCE(b.runnable, 0) ELSE 0 END AS runnable,
               CASE WHEN p.paused_at IS NULL THEN b.oldest_runnable_at END AS oldest_runnable_at,
               f.workers, f.slots, f.slots_each
        FROM pools p
        JOIN fleet f ON f.pool = p.name
        LEFT JOIN waiting b ON b.pool = p.name
        LEFT JOIN running r ON r.pool = p.name
      )
      INSERT INTO pool_backlogs (pool, due, runnable, running, oldest_due_at, oldest_runnable_at, workers, slots,
                                 desired_workers, counted_at)
      SELECT pool, due, runnable, running, oldest_due_at, oldest_runnable_at, workers, slots,
             ceil((runnable + running) / slots_each)::int, now()
      FROM counted
      ORDER BY pool
      ON CONFLICT (pool) DO UPDATE
      SET due = EXCLUDED.due, runnable = EXCLUDED.runnable, running = EXCLUDED.running,
          oldest_due_at = EXCLUDED.oldest_due_at, oldest_runnable_at = EXCLUDED.oldest_runnable_at,
          workers = EXCLUDED.workers, slots = EXCLUDED.slots,
          desired_workers = EXCLUDED.desired_workers, counted_at = EXCLUDED.counted_at`,
  );
}

/**
 * The backlog of every pool as it was last counted. It is counted here when nobody has for a while: with no worker alive
 * there is no sweep, and that is when a figure to scale up by is wanted most.
 */
export async function readPoolBacklogs(client: Client): Promise<PoolBacklog[]> {
  const known = await read(client);
  if (known.every((pool) => pool.isFresh)) return known.map(toBacklog);
  await countPoolBacklogs(client);
  return (await read(client)).map(toBacklog);
}

type Row = PoolBacklog & { isFresh: boolean };

async function read(client: Client): Promise<Row[]> {
  return runStatement<Row>(
    client,
    Prisma.sql`
      SELECT p.name AS pool, COALESCE(b.due, 0) AS due, COALESCE(b.runnable, 0) AS runnable,
             COALESCE(b.running, 0) AS running, COALESCE(b.workers, 0) AS workers, COALESCE(b.slots, 0) AS slots,
             COALESCE(b.desired_workers, 0) AS "desiredWorkers",
             ${msSince(Prisma.sql`b.oldest_due_at`)} AS "oldestDueMs",
             ${msSince(Prisma.sql`b.oldest_runnable_at`)} AS "oldestRunnableMs",
             COALESCE(b.counted_at > now() - ${BACKLOG_STALE_AFTER_MS}::int * interval '1 millisecond', false) AS "isFresh"
      FROM pools p LEFT JOIN pool_backlogs b ON b.pool = p.name
      ORDER BY p.name`,
  );
}

function msSince(at: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`GREATEST(0, COALESCE(extract(epoch FROM now() - ${at}) * 1000, 0))::float8`;
}

function toBacklog({ isFresh: _isFresh, ...backlog }: Row): PoolBacklog {
  return backlog;
}
