import { Prisma } from '../generated/prisma/client.ts';

/** Who has ended, and whom that may concern. */
export type EndedMission = {
  missionId: string;
  accountId: string;
  sessionId: string | null;
  parentMissionId: string | null;
  hasChildren: boolean;
};

/** That part of whatever else is known about a mission that has ended. */
export function endOf({ missionId, accountId, sessionId, parentMissionId, hasChildren }: EndedMission): EndedMission {
  return { missionId, accountId, sessionId, parentMissionId, hasChildren };
}

/** The columns of a mission `e` that say so. */
export const END_COLUMNS = Prisma.sql`
  e.id AS "missionId", e.account_id AS "accountId", e.session_id AS "sessionId",
  e.parent_mission_id AS "parentMissionId", e.child_count > 0 AS "hasChildren"`;

/** Why the mission `m` is cancelled: a client wanted it, or the mission that started it is over. */
export const CANCELLED_CODE = Prisma.sql`
  CASE WHEN EXISTS (SELECT FROM missions parent WHERE parent.id = m.parent_mission_id AND parent.finished_at IS NOT NULL)
       THEN 'parent_ended' ELSE 'cancelled_by_client' END`;
