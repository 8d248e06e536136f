import type { MissionSpec } from '@flotilla/core';
import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { recordset, runStatement } from '../statement.ts';

export type Claim = { missionId: string; workerId: string };

/** What a worker needs to run a mission. `stepCount` 0: there is no journal to load. */
export type ClaimedMission = {
  id: string;
  accountId: string;
  attempt: number;
  spec: MissionSpec;
  specVersion: number;
  pool: string;
  stepCount: number;
  tries: number;
};

export type ClaimOutcome = ClaimedMission | 'not_ours';

/**
 * queued → running. Raises `attempt`, the fencing token. A mission that is not queued, not due or paused is not
 * claimed, and neither is anything for a worker whose own lease has run out: bells may come late, doubled, or to the
 * wrong door, and this is where that stops mattering.
 */
export async function claimMissions(client: Client, claims: Claim[]): Promise<ClaimOutcome[]> {
  const rows = await runStatement<ClaimedMission>(
    client,
    Prisma.sql`
      WITH input AS MATERIALIZED (
        SELECT * FROM ${recordset(claims)} AS i("missionId" text, "workerId" text)
      ), claimable AS MATERIALIZED (
        SELECT m.id, i."workerId" AS worker_id
        FROM missions m
        JOIN input i ON i."missionId" = m.id
        JOIN workers w ON w.id = i."workerId" AND w.stopped_at IS NULL AND w.lease_expires_at > now()
        WHERE m.status = 'queued' AND m.paused_at IS NULL AND m.run_after <= now()
        ORDER BY m.id
        FOR NO KEY UPDATE OF m
      ), claimed AS (
        UPDATE missions m
        SET status = 'running', worker_id = c.worker_id, attempt = m.attempt + 1,
            started_at = COALESCE(m.started_at, now()), status_code = NULL, status_message = NULL, status_at = now(),
            event_sequence = m.event_sequence + 1
        FROM claimable c
        WHERE m.id = c.id AND m.status = 'queued'
        RETURNING m.*
      ), event AS (
        INSERT INTO mission_events (mission_id, sequence, account_id, type, data)
        SELECT id, event_sequence, account_id, CASE attempt WHEN 1 THEN 'mission.started' ELSE 'mission.resumed' END,
               jsonb_build_object('attempt', attempt, 'workerId', worker_id)
        FROM claimed
      )
      SELECT id, account_id AS "accountId", attempt, spec, spec_version AS "specVersion", pool,
             step_count AS "stepCount", tries
      FROM claimed`,
  );
  const byId = new Map(rows.map((row) => [row.id, row]));
  return claims.map((claim) => byId.get(claim.missionId) ?? 'not_ours');
}
