import type { Usage } from '@flotilla/core';
import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { runStatement } from '../statement.ts';

/** What an account's missions with one version of an agent (`null`: none) have spent on one model in one day of UTC. */
export type UsageOfDay = {
  /** `YYYY-MM-DD` */
  day: string;
  agentId: string | null;
  agent: { name: string; version: number } | null;
  /** The provider, a slash, and what the model calls itself. */
  model: string;
  calls: number;
  inputTokens: number;
  outputTokens: number;
  cachedInputTokens: number;
  /** Of the calls whose price is known. */
  costMicroUsd: number;
  unpricedCalls: number;
};

export type UsagePosition = { day: string; agentId: string; model: string };

export type UsagePage = {
  accountId: string;
  /** Days, both included. */
  from: string;
  to: string;
  agentName?: string | undefined;
  model?: string | undefined;
  after: UsagePosition | null;
  limit: number;
};

/**
 * A page of what an account has spent, newest day first: what is rolled up, and the records that are not yet, in one
 * snapshot, so that nothing is missing and nothing is there twice.
 */
export async function listUsage(client: Client, page: UsagePage): Promise<UsageOfDay[]> {
  const { accountId, from, to, agentName = null, model = null, after, limit } = page;
  return runStatement<UsageOfDay>(
    client,
    Prisma.sql`
      WITH mark AS MATERIALIZED (
        SELECT COALESCE((SELECT rolled_up_to FROM usage_marks WHERE account_id = ${accountId}), '-infinity') AS since
      ), part AS (
        SELECT day, agent_id, model, calls, input_tokens, output_tokens, cached_input_tokens, cost_micro_usd, unpriced_calls
        FROM usage_days
        WHERE account_id = ${accountId} AND day BETWEEN ${from}::date AND ${to}::date
        UNION ALL
        SELECT (u.created_at AT TIME ZONE 'UTC')::date, COALESCE(u.agent_id, ''), u.provider || '/' || u.model, 1,
               u.input_tokens, u.output_tokens, u.cached_input_tokens, COALESCE(u.cost_micro_usd, 0),
               (u.cost_micro_usd IS NULL)::int
        FROM mark, usage_records u
        WHERE u.account_id = ${accountId} AND u.created_at >= mark.since
          AND u.created_at >= ${from}::date::timestamp AT TIME ZONE 'UTC'
          AND u.created_at < (${to}::date + 1)::timestamp AT TIME ZONE 'UTC'
      )
      SELECT p.day::text AS day, NULLIF(p.agent_id, '') AS "agentId", p.model,
             CASE WHEN a.id IS NOT NULL THEN jsonb_build_object('name', a.name, 'version', a.version) END AS agent,
             sum(p.calls)::float8 AS calls, sum(p.input_tokens)::float8 AS "inputTokens",
             sum(p.output_tokens)::float8 AS "outputTokens", sum(p.cached_input_tokens)::float8 AS "cachedInputTokens",
             sum(p.cost_micro_usd)::float8 AS "costMicroUsd", sum(p.unpriced_calls)::float8 AS "unpricedCalls"
      FROM part p LEFT JOIN agents a ON a.id = p.agent_id AND a.account_id = ${accountId}
      WHERE (${agentName}::text IS NULL OR a.name = ${agentName}) AND (${model}::text IS NULL OR p.model = ${model})
        AND (${after === null} OR p.day < ${after?.day ?? from}::date
             OR (p.day = ${after?.day ?? from}::date AND (p.agent_id, p.model) > (${after?.agentId ?? ''}, ${after?.model ?? ''})))
      GROUP BY p.day, p.agent_id, p.model, a.id
      ORDER BY p.day DESC, p.agent_id, p.model
      LIMIT ${limit}::int`,
  );
}

/** What the missions of a session have spent, those past their retention included. */
export async function readSessionUsage(client: Client, sessionId: string): Promise<Usage> {
  const [row] = await runStatement<Usage>(
    client,
    Prisma.sql`
      SELECT COALESCE(sum(input_tokens), 0)::float8 AS "inputTokens", COALESCE(sum(output_tokens), 0)::float8 AS "outputTokens",
             COALESCE(sum(cached_input_tokens), 0)::float8 AS "cachedInputTokens",
             CASE WHEN bool_or(cost_micro_usd IS NULL) THEN NULL ELSE COALESCE(sum(cost_micro_usd), 0)::float8 END AS "costMicroUsd"
      FROM usage_records WHERE session_id = ${sessionId}`,
  );
  if (!row) throw new Error('a sum over records gave no row');
  return row;
}
