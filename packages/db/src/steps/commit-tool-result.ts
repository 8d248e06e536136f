import type { Ownership, ToolResultCommit } from '@flotilla/core';
import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { recordset, runStatement } from '../statement.ts';
import { type CommitOutcome, outcomesOf } from './commit-response.ts';

/**
 * Commits one tool result by itself, as soon as there is one; the last of its step completes the step. A call that is
 * already completed keeps its first result.
 */
export async function commitToolResults(
  client: Client,
  commits: (Ownership & ToolResultCommit)[],
): Promise<CommitOutcome[]> {
  const items = commits.map(({ result, ...commit }) => ({
    ...commit,
    content: result.content,
    isError: result.isError,
    truncated: result.truncated,
  }));
  const rows = await runStatement<Ownership>(
    client,
    Prisma.sql`
      WITH input AS MATERIALIZED (
        SELECT * FROM ${recordset(items)}
          AS i("missionId" text, attempt int, step int, index int2, content text, "isError" boolean,
               truncated boolean, "fullOutput" text)
      ), owned AS MATERIALIZED (
        SELECT m.id, m.attempt FROM missions m JOIN input i ON m.id = i."missionId" AND m.attempt = i.attempt
        WHERE m.status = 'running'
        ORDER BY m.id
        FOR NO KEY UPDATE OF m
      ), done AS (
        UPDATE tool_calls t
        SET status = 'completed', result = i.content, is_error = i."isError", truncated = i.truncated,
            full_output = i."fullOutput", completed_at = now(), started_at = COALESCE(t.started_at, now()),
            attempt = o.attempt
        FROM owned o JOIN input i ON i."missionId" = o.id AND i.attempt = o.attempt
        WHERE t.mission_id = o.id AND t.step_number = i.step AND t.index = i.index AND t.status <> 'completed'
        RETURNING t.mission_id, t.step_number, t.index, t.name, t.is_error, t.attempt
      ), step AS (
        UPDATE steps s
        SET pending_tool_calls = s.pending_tool_calls - 1,
            completed_at = CASE s.pending_tool_calls WHEN 1 THEN now() END
        FROM done d WHERE s.mission_id = d.mission_id AND s.number = d.step_number
        RETURNING s.mission_id, s.number, s.pending_tool_calls = 0 AS ended
      ), counted AS (
        UPDATE missions m SET event_sequence = m.event_sequence + CASE WHEN s.ended THEN 2 ELSE 1 END
        FROM step s WHERE m.id = s.mission_id
        RETURNING m.id, m.account_id, m.event_sequence, s.ended
      ), event AS (
        INSERT INTO mission_events (mission_id, sequence, account_id, type, data)
        SELECT c.id, c.event_sequence - CASE WHEN c.ended THEN 1 ELSE 0 END, c.account_id, 'tool_call.completed',
               jsonb_build_object('step', d.step_number, 'index', d.index, 'name', d.name, 'isError', d.is_error)
        FROM counted c JOIN done d ON d.mission_id = c.id
        UNION ALL
        SELECT c.id, c.event_sequence, c.account_id, 'step.completed',
               jsonb_build_object('step', d.step_number, 'attempt', d.attempt)
        FROM counted c JOIN done d ON d.mission_id = c.id
        WHERE c.ended
      )
      SELECT id AS "missionId", attempt FROM owned`,
  );
  return outcomesOf(commits, rows);
}
