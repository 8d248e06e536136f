import type { Answered, JsonObject, WaitingKind } from '@flotilla/core';
import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { HAD_UNTRUSTED } from '../sessions/untrusted.ts';
import { runStatement } from '../statement.ts';

/** Something a waiting mission asked for, and nobody has answered yet. */
export type OpenAsk = {
  id: string;
  kind: WaitingKind;
  step: number | null;
  index: number | null;
  request: JsonObject;
  argumentsHash: string | null;
  createdAt: Date;
  expiresAt: Date | null;
};

/** What this mission of the account waits to be answered, in the order it was asked; empty unless it is waiting. */
export async function readAsks(client: Client, accountId: string, missionId: string): Promise<OpenAsk[]> {
  return runStatement<OpenAsk>(
    client,
    Prisma.sql`
      SELECT a.id, a.kind, a.step_number AS step, a.call_index AS index, a.request, a.arguments_hash AS "argumentsHash",
             a.created_at AS "createdAt", a.expires_at AS "expiresAt"
      FROM answers a JOIN missions m ON m.id = a.mission_id AND m.status::text = 'waiting'
      WHERE a.mission_id = ${missionId} AND a.account_id = ${accountId} AND a.answered_at IS NULL
      ORDER BY a.step_number NULLS FIRST, a.call_index, a.id`,
  );
}

/**
 * What the calls of one step were answered, and how the children they started have ended. What is still open is left
 * out. Answers to the mission rather than to a call (`step` null) come along with any step, and so do approvals: they are
 * the words of those whom the mission works for, and hold on.
 */
export async function readAnswers(client: Client, missionId: string, step: number): Promise<Answered[]> {
  return runStatement<Answered>(
    client,
    Prisma.sql`
      SELECT kind, step_number AS step, call_index AS index, answer, answer IS NULL AS expired,
             arguments_hash AS "argumentsHash"
      FROM answers
      WHERE mission_id = ${missionId} AND answered_at IS NOT NULL
        AND (step_number = ${step}::int OR step_number IS NULL OR kind = 'approval')
      UNION ALL
      SELECT 'children', parent_step, parent_call,
             jsonb_build_object('missionId', id, 'status', status, 'output', output,
                                'code', status_code, 'message', status_message,
                                'untrusted', ${HAD_UNTRUSTED}), false, NULL
      FROM missions m
      WHERE parent_mission_id = ${missionId} AND parent_step = ${step}::int AND finished_at IS NOT NULL`,
  );
}
