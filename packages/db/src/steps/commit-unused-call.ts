import type { Ownership, UnusedCallCommit } from '@flotilla/core';
import { LESSENED, SETTLED } from '../budgets/settle.ts';
import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { runLocked } from '../statement.ts';
import type { CommitOutcome } from './commit-response.ts';
import { SUMMARY_CALL } from './summaries.ts';

/** Which of the unused calls of its attempt it is, from 1: a repeat counts as done. */
type NumberedUnusedCall = Ownership & UnusedCallCommit & { number: number };

/**
 * Pays a call that came to nothing: it broke off, or its mission was being stopped. There is no reply or result to pay it
 * with, and it may be made again and that be paid too: so it has a line of its own, under a number that is free.
 *
 * Carries its attempt, and counts once for each: the first reply may have been lost on the way. The mission is locked in a
 * statement before, so that this one's snapshot has what others of its calls, or this one's first try, have written.
 */
export async function commitUnusedCall(client: Client, call: NumberedUnusedCall): Promise<CommitOutcome> {
  const { missionId, attempt, step, number, response, reservation, cached = false, isPartial = false } = call;
  const { provider, model, usage } = response;
  const { inputTokens, outputTokens, cachedInputTokens, costMicroUsd } = usage;
  const statement = Prisma.sql`
    WITH owned AS MATERIALIZED (
      SELECT m.id, m.account_id, m.session_id, m.agent_id FROM missions m
      WHERE m.id = ${missionId} AND m.attempt = ${attempt}::int AND m.status::text = 'running'
      FOR NO KEY UPDATE
    ), line AS MATERIALIZED (
      SELECT u.call, u.attempt = ${attempt}::int AND u.unused_number = ${number}::int AS is_this
      FROM usage_records u WHERE u.mission_id = ${missionId} AND u.step_number = ${step}::int
    ), spent AS (
      INSERT INTO usage_records (mission_id, step_number, call, account_id, session_id, agent_id, provider, model,
                                 input_tokens, output_tokens, cached_input_tokens, cost_micro_usd, cached, attempt, unused_call,
                                 unused_number)
      -- 0 and -1 are the step's own call and its summary, whether or not they are there.
      SELECT o.id, ${step}::int, LEAST((SELECT min(call) FROM line), -1) - 1, o.account_id, o.session_id, o.agent_id,
             ${provider}, ${model}, ${inputTokens}::int, ${outputTokens}::int, ${cachedInputTokens}::int,
             ${costMicroUsd}::bigint, ${cached}::boolean, ${attempt}::int, ${callOf(call)}::int2, ${number}::int
      FROM owned o WHERE NOT EXISTS (SELECT FROM line WHERE is_this)
      RETURNING mission_id
    ), counted AS (
      UPDATE missions m
      SET input_tokens = m.input_tokens + ${inputTokens}::int, output_tokens = m.output_tokens + ${outputTokens}::int,
          cached_input_tokens = m.cached_input_tokens + ${cachedInputTokens}::int,
          cost_micro_usd = m.cost_micro_usd + COALESCE(${costMicroUsd}::bigint, 0),
          cost_unknown = m.cost_unknown OR ${costMicroUsd}::bigint IS NULL
      FROM spent s WHERE m.id = s.mission_id
    ), paid AS (
      SELECT mission_id AS "missionId", ${attempt}::int AS attempt, ${reservation ?? null}::int AS reservation,
             ${costMicroUsd}::bigint AS "costMicroUsd", ${inputTokens + outputTokens}::int AS tokens
      FROM spent
    ), ${isPartial ? LESSENED : SETTLED}
    SELECT id FROM owned`;
  const lock = Prisma.sql`SELECT id FROM missions WHERE id = ${missionId} FOR NO KEY UPDATE`;
  const rows = await runLocked<object>(client, { lock, statement });
  return rows.length === 0 ? 'fenced' : 'committed';
}

/** The number that its line would have had. */
function callOf({ index, isSummary = false }: UnusedCallCommit): number {
  if (index !== null) return index + 1;
  return isSummary ? SUMMARY_CALL : 0;
}
