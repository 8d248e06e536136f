import type { Ownership, ToolStart } from '@flotilla/core';
import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { lookedUp, recordset, runStatement } from '../statement.ts';
import { type CommitOutcome, outcomesOf } from './commit-response.ts';

/**
 * Records that a tool is about to run, before it does. Only tools that may not be repeated need it: found started and
 * without a result after a crash, such a call is answered "outcome unknown" instead of being made again.
 */
export async function startToolCalls(client: Client, starts: (Ownership & ToolStart)[]): Promise<CommitOutcome[]> {
  const rows = await runStatement<Ownership>(
    client,
    Prisma.sql`
      WITH input AS MATERIALIZED (
        SELECT * FROM ${recordset(starts)} AS i("missionId" text, attempt int, step int, index int2)
        WHERE ${lookedUp('missionId')}
      ), owned AS MATERIALIZED (
        SELECT i.* FROM input i JOIN missions m ON m.id = i."missionId" AND m.attempt = i.attempt
        WHERE m.status::text = 'running'
        ORDER BY m.id
        FOR NO KEY UPDATE OF m
      ), started AS (
        UPDATE tool_calls t SET status = 'started', started_at = now(), attempt = o.attempt
        FROM owned o
        WHERE t.mission_id = o."missionId" AND t.step_number = o.step AND t.index = o.index
          AND t.status::text = 'pending'
        RETURNING t.mission_id, t.step_number, t.index, t.name
      ), counted AS (
        UPDATE missions m SET event_sequence = m.event_sequence + 1
        FROM started s WHERE m.id = s.mission_id
        RETURNING m.account_id, m.event_sequence, s.*
      ), event AS (
        INSERT INTO mission_events (mission_id, sequence, account_id, type, data)
        SELECT mission_id, event_sequence, account_id, 'tool_call.started',
               jsonb_build_object('step', step_number, 'index', index, 'name', name)
        FROM counted
      )
      SELECT "missionId", attempt FROM owned`,
  );
  return outcomesOf(starts, rows);
}
