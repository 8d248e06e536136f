import type { Ownership } from '@flotilla/core';
import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { recordset, runStatement } from '../statement.ts';
import { type CommitOutcome, outcomesOf } from './commit-response.ts';
import type { CompressedResult } from './full-output.ts';

/**
 * Commits one tool result by itself, as soon as there is one; the last of its step completes the step. A call that is
 * already completed keeps its first result.
 */
export async function commitToolResults(client: Client, commits: CompressedResult[]): Promise<CommitOutcome[]> {
  const items = commits.map(({ result, ...commit }) => ({
    ...commit,
    content: result.content,
    isError: result.isError,
    truncated: result.truncated,
    untrusted: result.untrusted,
  }));
  const rows = await runStatement<Ownership>(
    client,
    Prisma.sql`
      WITH input AS MATERIALIZED (
        SELECT * FROM ${recordset(items)}
          AS i("missionId" text, attempt int, step int, index int2, content text, "isError" boolean,
               truncated boolean, untrusted boolean, "fullOutputZstd" text)
      ), owned AS MATERIALIZED (
        SELECT i.* FROM input i JOIN missions m ON m.id = i."missionId" AND m.attempt = i.attempt
        WHERE m.status::text = 'running'
        ORDER BY m.id
        FOR NO KEY UPDATE OF m
      ), done AS (
        UPDATE tool_calls t
        SET status = 'completed', result = o.content, is_error = o."isError", truncated = o.truncated,
            untrusted = o.untrusted, full_output_zstd = decode(o."fullOutputZstd", 'base64'), completed_at = now(), started_at = COALESCE(t.started_at, now()),
            attempt = o.attempt
        FROM owned o
        WHERE t.mission_id = o."missionId" AND t.step_number = o.step AND t.index = o.index
          AND t.status::text <> 'completed'
        RETURNING t.mission_id, t.step_number, t.index, t.name, t.is_error, t.attempt
      ), step AS (
        UPDATE steps s
        SET pending_tool_calls = s.pending_tool_calls - 1,
            completed_at = CASE s.pending_tool_calls WHEN 1 THEN now() END
        FROM done d WHERE s.mission_id = d.mission_id AND s.number = d.step_number
        RETURNING d.*, s.pending_tool_calls = 0 AS ended
      ), counted AS (
        UPDATE missions m SET event_sequence = m.event_sequence + CASE WHEN s.ended THEN 2 ELSE 1 END
        FROM step s WHERE m.id = s.mission_id
        RETURNING m.account_id, m.event_sequence, s.*
      ), event AS (
        INSERT INTO mission_events (mission_id, sequence, account_id, type, data)
        SELECT mission_id, event_sequence - CASE WHEN ended THEN 1 ELSE 0 END, account_id, 'tool_call.completed',
               jsonb_build_object('step', step_number, 'index', index, 'name', name, 'isError', is_error)
        FROM counted
        UNION ALL
        SELECT mission_id, event_sequence, account_id, 'step.completed',
               jsonb_build_object('step', step_number, 'attempt', attempt)
        FROM counted
        WHERE ended
      )
      SELECT "missionId", attempt FROM owned`,
  );
  return outcomesOf(commits, rows);
}
