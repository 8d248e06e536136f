import type { MissionSpec } from '@flotilla/core';
import { WORKER_DEATHS_UNTIL_SUSPECT } from '@flotilla/core';
import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { lookedUp, recordset, runStatement } from '../statement.ts';
import { AGENT_OFF } from '../switches/agents.ts';
import { isOff, OFF_AGENTS } from '../switches/off-agents.ts';
import { ACCOUNT_LIMIT } from './account-limit.ts';
import { isItsTurn } from './turn.ts';

export type Claim = { missionId: string; workerId: string };

/** What a worker needs to run a mission. `stepCount` 0: there is no journal to load. */
export type ClaimedMission = {
  id: string;
  accountId: string;
  sessionId: string | null;
  attempt: number;
  spec: MissionSpec;
  specVersion: number;
  pool: string;
  stepCount: number;
  /** How long it had been due, in milliseconds, by the database's clock. */
  queuedMs: number;
  tries: number;
  /** For how long its provider has not been able to take the step in hand, in milliseconds; `null`: no such trouble. */
  failingForMs: number | null;
  /** Missions above it, and children it has started so far. */
  depth: number;
  childCount: number;
  /** It has seen so many workers die that this one may have no other of its kind beside it. */
  isSuspect: boolean;
  /** Milliseconds until its deadline, by the database's clock; `null` where it has none. */
  deadlineMs: number | null;
  /** The trace it belongs to, as W3C's header has it. */
  traceparent: string | null;
};

export type ClaimOutcome = ClaimedMission | 'not_ours';

/**
 * queued → running. Raises `attempt`, the fencing token. A mission that is not queued, not due, past the moment it was to
 * be started by, or paused, itself or with its pool, is not claimed, and neither is anything for a worker whose own lease
 * has run out: bells may come late, doubled, or to the wrong door, and this is where that stops mattering.
 *
 * A suspect (see WORKER_DEATHS_UNTIL_SUSPECT) is only claimed by a worker that runs no other.
 *
 * An account's running missions are counted in its row, which is locked first, so that its limit is exact however many
 * workers claim at once. What is beyond it stays queued as `account_limit`, and is rung when a slot comes free.
 *
 * A session runs one mission at a time, the first accepted first: its row, locked next, names the mission that has it,
 * from its claim until its end, waiting included. Who has ended has given it up by that: nothing is left to be
 * forgotten. Another mission of it stays queued as `session_busy`, and is rung at that end.
 *
 * One whose agent an operator has switched off stays queued as `agent_off`, until that is undone.
 */
export async function claimMissions(client: Client, claims: Claim[]): Promise<ClaimOutcome[]> {
  const rows = await runStatement<ClaimedMission>(
    client,
    Prisma.sql`
      WITH input AS MATERIALIZED (
        SELECT * FROM ${recordset(claims)} AS i("missionId" text, "workerId" text)
        WHERE ${lookedUp('missionId')}
      ), ${OFF_AGENTS}, named AS MATERIALIZED (
        SELECT m.account_id, m.session_id FROM input i JOIN missions m ON m.id = i."missionId"
      ), account AS MATERIALIZED (
        SELECT a.id, a.max_running - a.running AS room
        FROM accounts a
        WHERE a.id IN (SELECT account_id FROM named)
        ORDER BY a.id
        FOR NO KEY UPDATE
      ), session AS MATERIALIZED (
        SELECT s.id, s.active_mission_id
        FROM sessions s
        WHERE s.id IN (SELECT session_id FROM named) AND (SELECT count(*) FROM account) > 0
        ORDER BY s.id
        FOR NO KEY UPDATE
      ), claimable AS MATERIALIZED (
        -- status::text: a partial index on the status must not be taken for the lookup of a few ids.
        SELECT m.id, m.account_id, m.session_id, m.created_at, m.priority, m.run_after, i."workerId" AS worker_id,
               m.worker_deaths >= ${WORKER_DEATHS_UNTIL_SUSPECT}::int AS suspect, ${isOff} AS is_off
        FROM missions m
        JOIN input i ON i."missionId" = m.id
        JOIN workers w ON w.id = i."workerId" AND w.stopped_at IS NULL AND w.lease_expires_at > now()
        -- Counting them makes sure that the accounts and sessions are locked before any mission is.
        WHERE m.status::text = 'queued' AND m.paused_at IS NULL AND m.run_after <= now()
          AND (m.expires_at IS NULL OR m.expires_at > now() OR m.started_at IS NOT NULL)
          AND NOT EXISTS (SELECT FROM pools p WHERE p.name = m.pool AND p.paused_at IS NOT NULL)
          AND (SELECT count(*) FROM account) > 0 AND (SELECT count(*) FROM session) >= 0
          AND (m.worker_deaths < ${WORKER_DEATHS_UNTIL_SUSPECT}::int OR NOT EXISTS (
            SELECT FROM missions s
            WHERE s.worker_id = i."workerId" AND s.status = 'running'
              AND s.worker_deaths >= ${WORKER_DEATHS_UNTIL_SUSPECT}::int))
        ORDER BY m.id
        FOR NO KEY UPDATE OF m
      ), alone AS MATERIALIZED (
        SELECT * FROM (
          SELECT c.*, row_number() OVER (PARTITION BY c.worker_id, c.suspect ORDER BY c.id) AS suspects FROM claimable c
        ) numbered
        WHERE NOT suspect OR suspects = 1
      ), turned AS MATERIALIZED (
        -- Where the session changed hands while this statement waited, its snapshot cannot tell whether who has it now
        -- is through: nobody else takes it then, and the wake at that one's end comes after this.
        SELECT c.*, c.session_id IS NULL OR s.active_mission_id IS NOT DISTINCT FROM c.id
                    OR (s.active_mission_id IS NOT DISTINCT FROM seen.active_mission_id AND ${isItsTurn('c')}) AS is_its_turn
        FROM alone c LEFT JOIN session s ON s.id = c.session_id LEFT JOIN sessions seen ON seen.id = c.session_id
      ), ranked AS MATERIALIZED (
        SELECT c.id, c.account_id, c.session_id, c.worker_id,
               CASE WHEN c.is_off THEN 'agent_off' WHEN c.is_its_turn THEN 'account_limit' ELSE 'session_busy' END AS otherwise,
               c.is_its_turn AND NOT c.is_off AND a.room >= row_number() OVER (
                 PARTITION BY c.account_id, c.is_its_turn, c.is_off ORDER BY c.priority, c.run_after, c.id) AS fits
        FROM turned c JOIN account a ON a.id = c.account_id
      ), held_back AS (
        UPDATE missions m
        SET status_code = r.otherwise,
            status_message = CASE r.otherwise WHEN 'agent_off' THEN ${AGENT_OFF}
                                              WHEN 'account_limit' THEN ${ACCOUNT_LIMIT}
                                              ELSE 'another mission of its session comes first' END,
            status_at = now()
        FROM ranked r
        WHERE m.id = r.id AND NOT r.fits
          AND m.status_code IS DISTINCT FROM r.otherwise
      ), claimed AS (
        UPDATE missions m
        SET status = 'running', worker_id = c.worker_id, attempt = m.attempt + 1,
            started_at = COALESCE(m.started_at, now()), status_code = NULL, status_message = NULL, status_at = now(),
            event_sequence = m.event_sequence + 1
        FROM ranked c
        WHERE m.id = c.id AND c.fits AND m.status::text = 'queued'
        RETURNING m.*
      ), counted AS (
        UPDATE accounts a
        SET running = a.running + r.claimed, held_back_at = CASE WHEN r.refused > 0 THEN now() ELSE a.held_back_at END
        FROM (
          SELECT account_id, count(*) FILTER (WHERE fits)::int AS claimed,
                 count(*) FILTER (WHERE otherwise = 'account_limit' AND NOT fits) AS refused
          FROM ranked GROUP BY account_id
        ) r
        WHERE a.id = r.account_id
      ), taken AS (
        UPDATE sessions s SET active_mission_id = c.id, updated_at = now()
        FROM ranked c WHERE c.fits AND s.id = c.session_id
      ), event AS (
        INSERT INTO mission_events (mission_id, sequence, account_id, type, data)
        SELECT id, event_sequence, account_id, 'mission.started',
               jsonb_build_object('attempt', attempt, 'workerId', worker_id)
        FROM claimed
      )
      SELECT id, account_id AS "accountId", session_id AS "sessionId", attempt, spec, spec_version AS "specVersion", pool,
             step_count AS "stepCount", tries, depth, child_count AS "childCount",
             worker_deaths >= ${WORKER_DEATHS_UNTIL_SUSPECT}::int AS "isSuspect",
             GREATEST(0, extract(epoch FROM now() - run_after))::float8 * 1000 AS "queuedMs",
             extract(epoch FROM now() - failing_since)::float8 * 1000 AS "failingForMs",
             extract(epoch FROM deadline_at - now())::float8 * 1000 AS "deadlineMs", traceparent
      FROM claimed`,
  );
  const byId = new Map(rows.map((row) => [row.id, row]));
  return claims.map((claim) => byId.get(claim.missionId) ?? 'not_ours');
}
