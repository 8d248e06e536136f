import { z } from 'zod';
import type { MissionToken } from '../auth/mission-token.ts';
import { timeView, toTime } from './time.ts';

export const missionTokenView = z
  .object({ token: z.string(), missionId: z.string(), expiresAt: timeView })
  .meta({ id: 'MissionToken' });

export function toMissionTokenView(
  token: string,
  { missionId, expiresAt }: MissionToken,
): z.infer<typeof missionTokenView> {
  return { token, missionId, expiresAt: toTime(expiresAt) };
}
