import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { runStatement } from '../statement.ts';

export type MissionToStop = { missionId: string; attempt: number; reason: 'cancel' | 'pause' };

/** Which of a worker's running missions were cancelled or paused, as a JSON array; its index is nearly always empty. */
export function toStopOf(workerId: string): Prisma.Sql {
  return Prisma.sql`COALESCE((
    SELECT json_agg(json_build_object(
      'missionId', m.id, 'attempt', m.attempt,
      'reason', CASE WHEN m.cancel_requested_at IS NOT NULL THEN 'cancel' ELSE 'pause' END))
    FROM missions m
    WHERE m.worker_id = ${workerId} AND m.status = 'running'
      AND (m.cancel_requested_at IS NOT NULL OR m.paused_at IS NOT NULL)
  ), '[]'::json)`;
}

/** The same question between two heartbeats, asked when a signal says that there is something to find. */
export async function readToStop(client: Client, workerId: string): Promise<MissionToStop[]> {
  const [row] = await runStatement<{ toStop: MissionToStop[] }>(
    client,
    Prisma.sql`SELECT ${toStopOf(workerId)} AS "toStop"`,
  );
  return row?.toStop ?? [];
}
