import type { Ownership, ResponseCommit } from '@flotilla/core';
import { SETTLED } from '../budgets/settle.ts';
import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { lookedUp, recordset, runStatement } from '../statement.ts';

export type CommitOutcome = 'committed' | 'fenced';

/**
 * Opens a step: the model's response, the tool calls it asked for, what it spent, which settles what was reserved for
 * it, and, where it asked for none, the step's end, in one statement. It is committed before any of its tools runs: a repeated model call might ask for
 * others under the same step.
 *
 * The write carries its attempt, and the step must be the next one. A response that this attempt has already committed
 * counts as committed: its first reply may have been lost on the way.
 */
export async function commitResponses(
  client: Client,
  commits: (Ownership & ResponseCommit)[],
): Promise<CommitOutcome[]> {
  const items = commits.map(({ response, passedOver, ...commit }) => ({
    ...commit,
    passedOver: passedOver.length > 0 ? passedOver : null,
    provider: response.provider,
    model: response.model,
    stopReason: response.stopReason,
    message: response.message,
    ...response.usage,
  }));
  // Missions without a budget pay nothing for those of others.
  const isAnyReserved = commits.some(({ reservation }) => reservation !== undefined);
  const rows = await runStatement<Ownership>(
    client,
    Prisma.sql`
      WITH input AS MATERIALIZED (
        SELECT *, json_array_length("toolCalls") AS calls
        FROM ${recordset(items)}
          AS i("missionId" text, attempt int, number int, "chainStage" int2, tries int2, "startedAt" timestamptz, provider text, model text,
               "stopReason" text, message jsonb, "inputTokens" int, "outputTokens" int, "cachedInputTokens" int,
               "costMicroUsd" bigint, reservation int, "passedOver" jsonb, cached boolean, "toolCalls" json)
        WHERE ${lookedUp('missionId')}
      ), owned AS MATERIALIZED (
        -- status::text: a partial index on the status must not be taken for the lookup of a few ids. Each CTE hands on
        -- what the next needs: Postgres takes a changing one for a single row, and would join two of them row by row.
        SELECT i.*, m.step_count FROM input i JOIN missions m ON m.id = i."missionId" AND m.attempt = i.attempt
        WHERE m.status::text = 'running'
        ORDER BY m.id
        FOR NO KEY UPDATE OF m
      ), advanced AS (
        UPDATE missions m
        SET step_count = o.number, chain_stage = o."chainStage", tries = 0, failing_since = NULL, worker_deaths = 0,
            event_sequence = m.event_sequence + CASE o.calls WHEN 0 THEN 1 ELSE 0 END,
            input_tokens = m.input_tokens + o."inputTokens", output_tokens = m.output_tokens + o."outputTokens",
            cached_input_tokens = m.cached_input_tokens + o."cachedInputTokens",
            cost_micro_usd = m.cost_micro_usd + COALESCE(o."costMicroUsd", 0),
            cost_unknown = m.cost_unknown OR o."costMicroUsd" IS NULL
        FROM owned o
        WHERE m.id = o."missionId" AND m.attempt = o.attempt AND m.step_count = o.number - 1
        RETURNING m.account_id, m.session_id, m.agent_id, m.event_sequence, o.*
      ), step AS (
        INSERT INTO steps (mission_id, number, chain_stage, attempt, tries, provider, model, stop_reason, message,
                           input_tokens, output_tokens, cached_input_tokens, cost_micro_usd, passed_over, cached,
                           started_at, completed_at, pending_tool_calls)
        SELECT "missionId", number, "chainStage", attempt, tries, provider, model, "stopReason", message,
               "inputTokens", "outputTokens", "cachedInputTokens", "costMicroUsd", "passedOver", cached, "startedAt",
               CASE calls WHEN 0 THEN now() END, calls
        FROM advanced
      ), call AS (
        INSERT INTO tool_calls (mission_id, step_number, index, call_id, name, input)
        -- A JSON null comes out of the recordset as an SQL one; models do send it for arguments.
        SELECT a."missionId", a.number, c.index, c.id, c.name, COALESCE(c.input, 'null'::jsonb)
        FROM advanced a, json_to_recordset(a."toolCalls") AS c(index int2, id text, name text, input jsonb)
      ), spent AS (
        INSERT INTO usage_records (mission_id, step_number, call, account_id, session_id, agent_id, provider, model,
                                   input_tokens, output_tokens, cached_input_tokens, cost_micro_usd, cached)
        SELECT "missionId", number, 0, account_id, session_id, agent_id, provider, model,
               "inputTokens", "outputTokens", "cachedInputTokens", "costMicroUsd", cached
        FROM advanced
      ), event AS (
        INSERT INTO mission_events (mission_id, sequence, account_id, type, data)
        SELECT "missionId", event_sequence, account_id, 'step.completed',
               jsonb_build_object('step', number, 'attempt', attempt)
        FROM advanced
        WHERE calls = 0
      )${isAnyReserved ? Prisma.sql`, paid AS (SELECT "missionId", attempt, reservation, "costMicroUsd", "inputTokens" + "outputTokens" AS tokens FROM advanced), ${SETTLED}` : Prisma.empty}
      SELECT "missionId", attempt FROM advanced
      UNION ALL
      SELECT s.mission_id, s.attempt
      FROM owned o
      JOIN steps s ON s.mission_id = o."missionId" AND s.number = o.number AND s.attempt = o.attempt
      WHERE o.step_count >= o.number`,
  );
  return outcomesOf(commits, rows);
}

/** Matches on mission and attempt: a zombie's item and its successor's may travel in one batch. */
export function outcomesOf(items: readonly Ownership[], rows: readonly Ownership[]): CommitOutcome[] {
  const committed = new Set(rows.map((row) => `${row.missionId} ${row.attempt}`));
  return items.map((item) => (committed.has(`${item.missionId} ${item.attempt}`) ? 'committed' : 'fenced'));
}
