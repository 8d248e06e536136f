import { SWEEP_BATCH_ROWS } from '@flotilla/core';
import type { Client } from '../client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { type Aftermath, settleEnds } from '../missions/aftermath.ts';
import type { EndedMission } from '../missions/ended-mission.ts';
import { hasNoChildLeft } from '../missions/go-on.ts';
import { runStatement } from '../statement.ts';

/** Parents that wait for their children alone. */
export const WAITING_PARENTS = Prisma.sql`m.status = 'waiting' AND m.child_count > 0 AND m.pending_answers = 0`;
/** Children that are on their way, and were not told to stop. */
export const CHILDREN = Prisma.sql`
  c.parent_mission_id IS NOT NULL AND c.finished_at IS NULL AND c.cancel_requested_at IS NULL`;

/**
 * Makes up for what a crash kept from following an end: parents that wait for children which have all ended, and
 * children whose parent has ended without them.
 */
export async function settleFamilies(client: Client): Promise<Aftermath> {
  const forgotten = await runStatement<EndedMission>(
    client,
    Prisma.sql`
      (SELECT m.id AS "missionId", m.account_id AS "accountId", NULL AS "sessionId", m.id AS "parentMissionId",
              false AS "hasChildren"
       FROM missions m
       WHERE ${WAITING_PARENTS} AND ${hasNoChildLeft('m')}
       ORDER BY m.id
       LIMIT ${SWEEP_BATCH_ROWS}::int)
      UNION ALL
      (SELECT p.id, p.account_id, NULL, NULL, true
       FROM missions p
       WHERE p.finished_at IS NOT NULL AND p.id IN (
         SELECT c.parent_mission_id FROM missions c WHERE ${CHILDREN})
       LIMIT ${SWEEP_BATCH_ROWS}::int)`,
  );
  return settleEnds(client, forgotten);
}
