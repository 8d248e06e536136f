import type { Ownership } from '@flotilla/core';
import { SETTLED } from '../budgets/settle.ts';
import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { lookedUp, recordset, runStatement } from '../statement.ts';
import { type CommitOutcome, outcomesOf } from './commit-response.ts';
import type { CompressedResult } from './full-output.ts';

/** What a tool has asked a model beside: what it cost, and what was reserved for it. */
const SIDE = {
  columns: Prisma.sql`, provider text, model text, "inputTokens" int, "outputTokens" int, "cachedInputTokens" int,
               "costMicroUsd" bigint, reservation int, cached boolean`,
  handedOn: Prisma.sql`, o.provider, o.model, o."inputTokens", o."outputTokens", o."cachedInputTokens", o."costMicroUsd",
                  o.reservation, o.cached`,
  counted: Prisma.sql`,
            input_tokens = m.input_tokens + COALESCE(s."inputTokens", 0),
            output_tokens = m.output_tokens + COALESCE(s."outputTokens", 0),
            cached_input_tokens = m.cached_input_tokens + COALESCE(s."cachedInputTokens", 0),
            cost_micro_usd = m.cost_micro_usd + COALESCE(s."costMicroUsd", 0),
            cost_unknown = m.cost_unknown OR (s.provider IS NOT NULL AND s."costMicroUsd" IS NULL)`,
  /** In the ledger it stands beside the step's own call, which is 0, under its tool call's place from 1. */
  paid: Prisma.sql`, spent AS (
        INSERT INTO usage_records (mission_id, step_number, call, account_id, session_id, agent_id, provider, model,
                                   input_tokens, output_tokens, cached_input_tokens, cost_micro_usd, cached)
        SELECT mission_id, step_number, index + 1, account_id, session_id, agent_id, provider, model,
               "inputTokens", "outputTokens", "cachedInputTokens", "costMicroUsd", COALESCE(cached, false)
        FROM counted
        WHERE provider IS NOT NULL
      ), paid AS (
        SELECT mission_id AS "missionId", attempt, reservation, "costMicroUsd", "inputTokens" + "outputTokens" AS tokens
        FROM counted
        WHERE provider IS NOT NULL
      ), ${SETTLED}`,
} as const;

/**
 * Commits one tool result by itself, as soon as there is one; the last of its step completes the step. A call that is
 * already completed keeps its first result, and has paid for that.
 */
export async function commitToolResults(client: Client, commits: CompressedResult[]): Promise<CommitOutcome[]> {
  const items = commits.map(({ result, sideCall, ...commit }) => ({
    ...commit,
    content: result.content,
    isError: result.isError,
    truncated: result.truncated,
    untrusted: result.untrusted,
    ...(sideCall && {
      provider: sideCall.response.provider,
      model: sideCall.response.model,
      ...sideCall.response.usage,
      reservation: sideCall.reservation,
      cached: sideCall.cached,
    }),
  }));
  // Tools that ask no model pay nothing for those that do.
  const side = commits.some(({ sideCall }) => sideCall !== undefined)
    ? SIDE
    : { columns: Prisma.empty, handedOn: Prisma.empty, counted: Prisma.empty, paid: Prisma.empty };
  const rows = await runStatement<Ownership>(
    client,
    Prisma.sql`
      WITH input AS MATERIALIZED (
        SELECT * FROM ${recordset(items)}
          AS i("missionId" text, attempt int, step int, index int2, content text, "isError" boolean,
               truncated boolean, untrusted boolean, "fullOutputZstd" text${side.columns})
        WHERE ${lookedUp('missionId')}
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
        RETURNING t.mission_id, t.step_number, t.index, t.name, t.is_error, t.attempt${side.handedOn}
      ), step AS (
        UPDATE steps s
        SET pending_tool_calls = s.pending_tool_calls - 1,
            completed_at = CASE s.pending_tool_calls WHEN 1 THEN now() END
        FROM done d WHERE s.mission_id = d.mission_id AND s.number = d.step_number
        RETURNING d.*, s.pending_tool_calls = 0 AS ended
      ), counted AS (
        UPDATE missions m SET event_sequence = m.event_sequence + CASE WHEN s.ended THEN 2 ELSE 1 END${side.counted}
        FROM step s WHERE m.id = s.mission_id
        RETURNING m.account_id, m.session_id, m.agent_id, m.event_sequence, s.*
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
      )${side.paid}
      SELECT "missionId", attempt FROM owned`,
  );
  return outcomesOf(commits, rows);
}
