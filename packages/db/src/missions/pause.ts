import type { MissionStatus } from '@flotilla/core';
import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { runStatement } from '../statement.ts';
import type { DueMission } from '../sweep/ring-due.ts';
import { type EndedMission, wakesAnother } from './ended-mission.ts';

/**
 * `makesWay`: it lay queued, and what it was rung for is free for others, as if it had ended: to be settled. `ended`: too
 * late, with the status it ended with. A mission that is paused already stays so, without a new event.
 */
export type PauseOutcome =
  | { kind: 'paused'; makesWay?: EndedMission }
  | { kind: 'ended'; status: MissionStatus }
  | { kind: 'not_found' };
/** `bell`: what to ring now, if it can be claimed at once. A mission that was not paused is left as it is. */
export type ResumeOutcome =
  | { kind: 'resumed'; bell: DueMission | null }
  | { kind: 'ended'; status: MissionStatus }
  | { kind: 'not_found' };

const ENDED = new Set<MissionStatus>(['completed', 'failed', 'cancelled']);

/**
 * Holds a mission back. Paused is a mark beside the status: claims pass it by, and a running mission hands over at its
 * next boundary, when its worker's heartbeat brings the mark back.
 */
export async function pauseMission(client: Client, accountId: string, missionId: string): Promise<PauseOutcome> {
  const [row] = await runStatement<{ status: MissionStatus; sessionId: string | null; wakes: boolean }>(
    client,
    Prisma.sql`
      WITH found AS MATERIALIZED (
        SELECT m.id, m.status, m.session_id, m.paused_at, ${wakesAnother('m')} AS wakes FROM missions m
        WHERE m.id = ${missionId} AND m.account_id = ${accountId}
        FOR NO KEY UPDATE
      ), paused AS (
        UPDATE missions m
        SET paused_at = now(), event_sequence = m.event_sequence + 1,
            status_code = CASE m.status WHEN 'queued' THEN 'paused' ELSE m.status_code END,
            status_message = CASE m.status WHEN 'queued' THEN 'a client paused it' ELSE m.status_message END,
            status_at = CASE m.status WHEN 'queued' THEN now() ELSE m.status_at END
        FROM found f
        WHERE m.id = f.id AND m.paused_at IS NULL AND m.status IN ('queued', 'running', 'waiting')
        RETURNING m.id, m.account_id, m.event_sequence
      ), event AS (
        INSERT INTO mission_events (mission_id, sequence, account_id, type)
        SELECT id, event_sequence, account_id, 'mission.paused' FROM paused
      )
      SELECT status, session_id AS "sessionId", wakes FROM found`,
  );
  if (!row) return { kind: 'not_found' };
  const { status, sessionId, wakes } = row;
  if (ENDED.has(status)) return { kind: 'ended', status };
  if (status !== 'queued' || (sessionId === null && !wakes)) return { kind: 'paused' };
  return {
    kind: 'paused',
    makesWay: { missionId, accountId, sessionId, parentMissionId: null, hasChildren: false, wakes },
  };
}

/** Lets a paused mission go on. If it lies queued and due, its bell is to be rung. */
export async function resumeMission(client: Client, accountId: string, missionId: string): Promise<ResumeOutcome> {
  const [row] = await runStatement<
    { status: MissionStatus } & { [Field in keyof DueMission]: DueMission[Field] | null }
  >(
    client,
    Prisma.sql`
      WITH found AS MATERIALIZED (
        SELECT id, status FROM missions WHERE id = ${missionId} AND account_id = ${accountId} FOR NO KEY UPDATE
      ), resumed AS (
        UPDATE missions m
        SET paused_at = NULL, event_sequence = m.event_sequence + 1,
            status_code = CASE
              WHEN m.status <> 'queued' THEN m.status_code
              WHEN m.run_after <= now() THEN NULL
              WHEN m.attempt = 0 THEN 'delayed' ELSE 'retry_backoff' END,
            status_message = CASE
              WHEN m.status <> 'queued' THEN m.status_message
              WHEN m.run_after <= now() THEN NULL
              WHEN m.attempt = 0 THEN 'it is to start later' ELSE 'its step is tried again later' END,
            status_at = CASE m.status WHEN 'queued' THEN now() ELSE m.status_at END,
            rings = m.rings + CASE WHEN m.status = 'queued' AND m.run_after <= now() THEN 1 ELSE 0 END,
            -- One whose moment is still to come has no bell on its way: the sweep rings it then.
            rung_at = CASE WHEN m.status <> 'queued' THEN m.rung_at WHEN m.run_after <= now() THEN now() END
        FROM found f
        WHERE m.id = f.id AND m.paused_at IS NOT NULL AND m.status IN ('queued', 'running', 'waiting')
        RETURNING m.id, m.account_id, m.event_sequence, m.status, m.pool, m.priority, m.rings, m.run_after
      ), event AS (
        INSERT INTO mission_events (mission_id, sequence, account_id, type)
        SELECT id, event_sequence, account_id, 'mission.resumed' FROM resumed
      )
      SELECT f.status, r.id AS "missionId", r.pool, r.priority, r.rings, 0 AS "afterMs"
      FROM found f LEFT JOIN resumed r ON r.id = f.id AND r.status = 'queued' AND r.run_after <= now()`,
  );
  if (!row) return { kind: 'not_found' };
  if (ENDED.has(row.status)) return { kind: 'ended', status: row.status };
  const { missionId: id, pool, priority, rings } = row;
  const isDue = id !== null && pool !== null && priority !== null && rings !== null;
  return { kind: 'resumed', bell: isDue ? { missionId: id, pool, priority, rings, afterMs: 0 } : null };
}
