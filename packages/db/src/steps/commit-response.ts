import type { Ownership, ResponseCommit } from '@flotilla/core';
import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { recordset, runStatement } from '../statement.ts';

export type CommitOutcome = 'committed' | 'fenced';

/**
 * Opens a step: the model's response, the tool calls it asked for, what it spent, and, where it asked for none, the
 * step's end, in one statement. It is committed before any of its tools runs: a repeated model call might ask for
 * others under the same step.
 *
 * The write carries its attempt, and the step must be the next one. A response that this attempt has already committed
 * counts as committed: its first reply may have been lost on the way.
 */
export async function commitResponses(
  client: Client,
  commits: (Ownership & ResponseCommit)[],
): Promise<CommitOutcome[]> {
  const items = commits.map(({ response, ...commit }) => ({
    ...commit,
    provider: response.provider,
    model: response.model,
    stopReason: response.stopReason,
    message: response.message,
    ...response.usage,
  }));
  const rows = await runStatement<Ownership>(
    client,
    Prisma.sql`
      WITH input AS MATERIALIZED (
        SELECT *, json_array_length("toolCalls") AS calls
        FROM ${recordset(items)}
          AS i("missionId" text, attempt int, number int, tries int2, "startedAt" timestamptz, provider text, model text,
               "stopReason" text, message jsonb, "inputTokens" int, "outputTokens" int, "cachedInputTokens" int,
               "costMicroUsd" bigint, "toolCalls" json)
      ), owned AS MATERIALIZED (
        SELECT m.id FROM missions m JOIN input i ON m.id = i."missionId" AND m.attempt = i.attempt
        WHERE m.status = 'running'
        ORDER BY m.id
        FOR NO KEY UPDATE OF m
      ), advanced AS (
        UPDATE missions m
        SET step_count = i.number, tries = 0, worker_deaths = 0,
            event_sequence = m.event_sequence + CASE i.calls WHEN 0 THEN 1 ELSE 0 END,
            input_tokens = m.input_tokens + i."inputTokens", output_tokens = m.output_tokens + i."outputTokens",
            cached_input_tokens = m.cached_input_tokens + i."cachedInputTokens",
            cost_micro_usd = m.cost_micro_usd + COALESCE(i."costMicroUsd", 0),
            cost_unknown = m.cost_unknown OR i."costMicroUsd" IS NULL
        FROM owned o JOIN input i ON i."missionId" = o.id
        WHERE m.id = o.id AND m.attempt = i.attempt AND m.step_count = i.number - 1
        RETURNING m.id, m.account_id, m.session_id, m.agent_id, m.chain_stage, m.attempt, m.event_sequence
      ), step AS (
        INSERT INTO steps (mission_id, number, chain_stage, attempt, tries, provider, model, stop_reason, message,
                           input_tokens, output_tokens, cached_input_tokens, cost_micro_usd, started_at, completed_at,
                           pending_tool_calls)
        SELECT a.id, i.number, a.chain_stage, a.attempt, i.tries, i.provider, i.model, i."stopReason", i.message,
               i."inputTokens", i."outputTokens", i."cachedInputTokens", i."costMicroUsd", i."startedAt",
               CASE i.calls WHEN 0 THEN now() END, i.calls
        FROM advanced a JOIN input i ON i."missionId" = a.id
      ), call AS (
        INSERT INTO tool_calls (mission_id, step_number, index, call_id, name, input)
        -- A JSON null comes out of the recordset as an SQL one; models do send it for arguments.
        SELECT a.id, i.number, c.index, c.id, c.name, COALESCE(c.input, 'null'::jsonb)
        FROM advanced a JOIN input i ON i."missionId" = a.id,
             json_to_recordset(i."toolCalls") AS c(index int2, id text, name text, input jsonb)
      ), spent AS (
        INSERT INTO usage_records (mission_id, step_number, call, account_id, session_id, agent_id, provider, model,
                                   input_tokens, output_tokens, cached_input_tokens, cost_micro_usd)
        SELECT a.id, i.number, 0, a.account_id, a.session_id, a.agent_id, i.provider, i.model,
               i."inputTokens", i."outputTokens", i."cachedInputTokens", i."costMicroUsd"
        FROM advanced a JOIN input i ON i."missionId" = a.id
      ), event AS (
        INSERT INTO mission_events (mission_id, sequence, account_id, type, data)
        SELECT a.id, a.event_sequence, a.account_id, 'step.completed',
               jsonb_build_object('step', i.number, 'attempt', a.attempt)
        FROM advanced a JOIN input i ON i."missionId" = a.id
        WHERE i.calls = 0
      )
      SELECT id AS "missionId", attempt FROM advanced
      UNION ALL
      SELECT s.mission_id, s.attempt
      FROM input i
      JOIN owned o ON o.id = i."missionId"
      JOIN steps s ON s.mission_id = i."missionId" AND s.number = i.number AND s.attempt = i.attempt`,
  );
  return outcomesOf(commits, rows);
}

/** Matches on mission and attempt: a zombie's item and its successor's may travel in one batch. */
export function outcomesOf(items: readonly Ownership[], rows: readonly Ownership[]): CommitOutcome[] {
  const committed = new Set(rows.map((row) => `${row.missionId} ${row.attempt}`));
  return items.map((item) => (committed.has(`${item.missionId} ${item.attempt}`) ? 'committed' : 'fenced'));
}
