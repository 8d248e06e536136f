import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { runStatement } from '../statement.ts';

/**
 * Whether a mission `m` had untrusted content in its context: what it was given, what a server that it brought says of its
 * own tools, or what a call of it was answered. The loop itself goes by the same (`isUntrustedFromStart`).
 */
export const HAD_UNTRUSTED = Prisma.sql`
  (m.spec ? 'untrusted' OR m.spec @? '$.declaredTools[*].mcp' OR m.spec @? '$.chain[*].declaredTools[*].mcp' OR EXISTS (
    SELECT FROM tool_calls t WHERE t.mission_id = m.id AND t.untrusted AND t.status::text = 'completed'))`;

/**
 * Whether untrusted content was in the context of any other mission of a session. Each may have left it behind: in the
 * conversation, in the plan, in what is remembered. Of missions that are gone the session knows it.
 */
export async function hasUntrusted(
  client: Client,
  { sessionId, missionId }: { sessionId: string; missionId: string },
): Promise<boolean> {
  const rows = await runStatement<{ found: boolean }>(
    client,
    Prisma.sql`
      SELECT EXISTS (SELECT FROM sessions s WHERE s.id = ${sessionId} AND s.untrusted) OR EXISTS (
        SELECT FROM missions m
        WHERE m.session_id = ${sessionId} AND m.id <> ${missionId} AND m.started_at IS NOT NULL
          AND ${HAD_UNTRUSTED}) AS found`,
  );
  return rows[0]?.found ?? false;
}
