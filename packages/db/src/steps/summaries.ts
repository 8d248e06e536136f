import type { Ownership, Summary, SummaryCommit } from '@flotilla/core';
import { SETTLED } from '../budgets/settle.ts';
import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { runStatement } from '../statement.ts';
import type { CommitOutcome } from './commit-response.ts';

/** Where the ledger has what a step's summary cost: beside the step's own call, which is 0. */
export const SUMMARY_CALL = -1;

/**
 * Keeps a summary and what it cost, in one statement that carries its attempt. One that is there already counts as
 * committed, and is paid once: its first reply may have been lost on the way.
 */
export async function commitSummary(
  client: Client,
  { missionId, attempt, summary, response, reservation }: Ownership & SummaryCommit,
): Promise<CommitOutcome> {
  const { provider, model, usage } = response;
  const { step } = summary;
  const rows = await runStatement(
    client,
    Prisma.sql`
      WITH owned AS MATERIALIZED (
        SELECT m.id, m.account_id, m.session_id, m.agent_id FROM missions m
        WHERE m.id = ${missionId} AND m.attempt = ${attempt}::int AND m.status::text = 'running'
        FOR NO KEY UPDATE
      ), added AS (
        INSERT INTO summaries (mission_id, step_number, chain_stage, up_to_step, text)
        SELECT o.id, ${step}::int, ${summary.chainStage}::int2, ${summary.upToStep}::int, ${summary.text} FROM owned o
        ON CONFLICT DO NOTHING
        RETURNING mission_id
      ), spent AS (
        INSERT INTO usage_records (mission_id, step_number, call, account_id, session_id, agent_id, provider, model,
                                   input_tokens, output_tokens, cached_input_tokens, cost_micro_usd)
        SELECT o.id, ${step}::int, ${SUMMARY_CALL}::int2, o.account_id, o.session_id, o.agent_id, ${provider}, ${model},
               ${usage.inputTokens}::int, ${usage.outputTokens}::int, ${usage.cachedInputTokens}::int,
               ${usage.costMicroUsd}::bigint
        FROM owned o JOIN added a ON a.mission_id = o.id
      ), counted AS (
        UPDATE missions m
        SET input_tokens = m.input_tokens + ${usage.inputTokens}::int,
            output_tokens = m.output_tokens + ${usage.outputTokens}::int,
            cached_input_tokens = m.cached_input_tokens + ${usage.cachedInputTokens}::int,
            cost_micro_usd = m.cost_micro_usd + COALESCE(${usage.costMicroUsd}::bigint, 0),
            cost_unknown = m.cost_unknown OR ${usage.costMicroUsd}::bigint IS NULL
        FROM added a WHERE m.id = a.mission_id
      ), paid AS (
        SELECT mission_id AS "missionId", ${attempt}::int AS attempt, ${reservation ?? null}::int AS reservation,
               ${usage.costMicroUsd}::bigint AS "costMicroUsd", ${usage.inputTokens + usage.outputTokens}::int AS tokens
        FROM added
      ), ${SETTLED}
      SELECT id FROM owned`,
  );
  return rows.length === 0 ? 'fenced' : 'committed';
}

/** The newest summary of a mission, or `null`; also where it only says again what stood before, since its reply was of no use. */
export async function readSummary(client: Client, missionId: string): Promise<Summary | null> {
  const rows = await runStatement<Summary>(
    client,
    Prisma.sql`
      SELECT step_number AS step, chain_stage AS "chainStage", up_to_step AS "upToStep", text FROM summaries
      WHERE mission_id = ${missionId} ORDER BY step_number DESC LIMIT 1`,
  );
  return rows[0] ?? null;
}
