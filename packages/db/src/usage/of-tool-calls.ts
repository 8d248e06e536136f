import type { Usage } from '@flotilla/core';
import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { runStatement } from '../statement.ts';

/** What the question has cost that a tool call asked a model. */
export type ToolCallUsage = Usage & { step: number; index: number };

/** Of those of a mission's tool calls that have asked one, in the steps after `after` up to `upTo`. */
export async function readToolCallUsage(
  client: Client,
  { missionId, after, upTo }: { missionId: string; after: number; upTo: number },
): Promise<ToolCallUsage[]> {
  return runStatement<ToolCallUsage>(
    client,
    Prisma.sql`
      SELECT step_number AS step, call - 1 AS index, input_tokens AS "inputTokens", output_tokens AS "outputTokens",
             cached_input_tokens AS "cachedInputTokens", cost_micro_usd::float8 AS "costMicroUsd"
      FROM usage_records
      WHERE mission_id = ${missionId} AND step_number > ${after}::int AND step_number <= ${upTo}::int AND call > 0`,
  );
}
