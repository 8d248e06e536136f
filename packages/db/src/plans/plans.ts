import type { Ownership, PlanItem } from '@flotilla/core';
import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { runStatement } from '../statement.ts';

/** The plan of a mission's session, or its own where it has none. */
export async function readPlan(client: Client, missionId: string): Promise<PlanItem[]> {
  const rows = await runStatement<{ items: PlanItem[] | null }>(
    client,
    Prisma.sql`
      SELECT CASE WHEN m.session_id IS NULL THEN p.items ELSE s.plan END AS items
      FROM missions m
      LEFT JOIN sessions s ON s.id = m.session_id
      LEFT JOIN mission_plans p ON p.mission_id = m.id
      WHERE m.id = ${missionId}`,
  );
  return rows[0]?.items ?? [];
}

/** The plan that the missions of a session share; `null` where the account has no such session. */
export async function readSessionPlan(
  client: Client,
  accountId: string,
  sessionId: string,
): Promise<PlanItem[] | null> {
  const rows = await runStatement<{ items: PlanItem[] | null }>(
    client,
    Prisma.sql`SELECT s.plan AS items FROM sessions s WHERE s.id = ${sessionId} AND s.account_id = ${accountId}`,
  );
  const [session] = rows;
  return session ? (session.items ?? []) : null;
}

/** Only the attempt that runs the mission writes; the session's row is locked first, as everywhere. */
export async function writePlan(
  client: Client,
  { missionId, attempt, items }: Ownership & { items: readonly PlanItem[] },
): Promise<'written' | 'fenced'> {
  const rows = await runStatement(
    client,
    Prisma.sql`
      WITH session AS MATERIALIZED (
        SELECT s.id FROM sessions s
        WHERE s.id = (SELECT m.session_id FROM missions m WHERE m.id = ${missionId})
        FOR NO KEY UPDATE
      ), owner AS MATERIALIZED (
        SELECT m.id, m.session_id FROM missions m
        WHERE m.id = ${missionId} AND m.attempt = ${attempt}::int AND m.status::text = 'running'
          AND (SELECT count(*) FROM session) >= 0
        FOR NO KEY UPDATE
      ), shared AS (
        UPDATE sessions s SET plan = ${JSON.stringify(items)}::jsonb, updated_at = now()
        FROM owner o WHERE s.id = o.session_id
      ), own AS (
        INSERT INTO mission_plans (mission_id, items)
        SELECT o.id, ${JSON.stringify(items)}::jsonb FROM owner o WHERE o.session_id IS NULL
        ON CONFLICT (mission_id) DO UPDATE SET items = EXCLUDED.items, updated_at = now()
      )
      SELECT id FROM owner`,
  );
  return rows.length === 0 ? 'fenced' : 'written';
}
