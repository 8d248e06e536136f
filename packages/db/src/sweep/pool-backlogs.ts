import { BACKLOG_STALE_AFTER_MS } from '@flotilla/core';
import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { isItsTurn } from '../lease/turn.ts';
import { runByIndex, runStatement } from '../statement.ts';
import { isOff, OFF_AGENTS } from '../switches/off-agents.ts';

/**
 * What a pool has to do, and with what. `due`: queued, due and unpaused. `runnable`: those of them that a free slot
 * could take now. `oldestDueMs`: how long the longest due one has waited; 0 where none is. `desiredWorkers`: as many as
 * have room for what runs and could run.
 */
export type PoolBacklog = {
  pool: string;
  due: number;
  runnable: number;
  running: number;
  oldestDueMs: number;
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
 */
export async function countPoolBacklogs(client: Client): Promise<void> {
  await runByIndex(
    client,
    Prisma.sql`
      WITH ${OFF_AGENTS}, due AS (
        SELECT d.*
        FROM pools p
        CROSS JOIN LATERAL (
          SELECT m.pool, m.account_id, m.run_after, m.session_id IS NULL OR ${isItsTurn('m')} AS is_its_turn
          FROM missions m LEFT JOIN sessions s ON s.id = m.session_id
          WHERE m.pool = p.name AND m.status = 'queued' AND m.paused_at IS NULL AND m.run_after <= now() AND NOT ${isOff}
          LIMIT ${COUNTED_UP_TO}::int
        ) d
      ), waiting AS (
        SELECT w.pool, sum(w.due)::int AS due, min(w.oldest) AS oldest,
               sum(LEAST(w.next, GREATEST(a.max_running - a.running, 0)))::int AS runnable
        FROM (
          SELECT pool, account_id, count(*) AS due, count(*) FILTER (WHERE is_its_turn) AS next, min(run_after) AS oldest
          FROM due GROUP BY pool, account_id
        ) w
        JOIN accounts a ON a.id = w.account_id
        GROUP BY w.pool
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
        SELECT p.name AS pool, COALESCE(b.due, 0) AS due, b.oldest, COALESCE(r.running, 0) AS running,
               CASE WHEN p.paused_at IS NULL THEN COALESCE(b.runnable, 0) ELSE 0 END AS runnable,
               f.workers, f.slots, f.slots_each
        FROM pools p
        JOIN fleet f ON f.pool = p.name
        LEFT JOIN waiting b ON b.pool = p.name
        LEFT JOIN running r ON r.pool = p.name
      )
      INSERT INTO pool_backlogs (pool, due, runnable, running, oldest_due_at, workers, slots, desired_workers, counted_at)
      SELECT pool, due, runnable, running, oldest, workers, slots, ceil((runnable + running) / slots_each)::int, now()
      FROM counted
      ORDER BY pool
      ON CONFLICT (pool) DO UPDATE
      SET due = EXCLUDED.due, runnable = EXCLUDED.runnable, running = EXCLUDED.running,
          oldest_due_at = EXCLUDED.oldest_due_at, workers = EXCLUDED.workers, slots = EXCLUDED.slots,
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
             GREATEST(0, COALESCE(extract(epoch FROM now() - b.oldest_due_at) * 1000, 0))::float8 AS "oldestDueMs",
             COALESCE(b.counted_at > now() - ${BACKLOG_STALE_AFTER_MS}::int * interval '1 millisecond', false) AS "isFresh"
      FROM pools p LEFT JOIN pool_backlogs b ON b.pool = p.name
      ORDER BY p.name`,
  );
}

function toBacklog({ isFresh: _isFresh, ...backlog }: Row): PoolBacklog {
  return backlog;
}
