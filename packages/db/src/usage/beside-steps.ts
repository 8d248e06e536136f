import type { Usage } from '@flotilla/core';
import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { runStatement } from '../statement.ts';

/**
 * What a model call has cost beside that which a step came of: the question of its tool call `index`, or, where that is
 * `null`, the summary that was made before `step`; or, with `isUnused`, a call for the step itself that came to nothing.
 */
export type UsageBeside = Usage & { step: number; index: number | null; isUnused: boolean; cached: boolean };

/**
 * Of a mission's steps after `after` up to `upTo`, in the order they came. A tool call has several, and so has a summary,
 * where a call broke off, or attempts that made it were stopped before they could commit what came of it.
 */
export async function readUsageBeside(
  client: Client,
  { missionId, after, upTo }: { missionId: string; after: number; upTo: number },
): Promise<UsageBeside[]> {
  return runStatement<UsageBeside>(
    client,
    Prisma.sql`
      SELECT step_number AS step, CASE WHEN COALESCE(unused_call, call) > 0 THEN COALESCE(unused_call, call) - 1 END AS index,
             COALESCE(unused_call, call) = 0 AS "isUnused", cached,
             input_tokens AS "inputTokens", output_tokens AS "outputTokens", cached_input_tokens AS "cachedInputTokens",
             cost_micro_usd::float8 AS "costMicroUsd"
      FROM usage_records
      WHERE mission_id = ${missionId} AND step_number > ${after}::int AND step_number <= ${upTo}::int AND call <> 0
      ORDER BY created_at`,
  );
}
