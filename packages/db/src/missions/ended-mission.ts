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
