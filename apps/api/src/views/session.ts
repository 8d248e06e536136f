import type { StoredSession } from '@flotilla/db';
import { z } from 'zod';
import { timeView, toTime } from './time.ts';
import { usageView } from './usage.ts';

export const sessionView = z
  .object({
    id: z.string(),
    activeMissionId: z.string().nullable().describe('The mission whose turn it is; `null` once it has ended.'),
    createdAt: timeView,
  })
  .meta({ id: 'Session' });

/** With what all its missions have spent. */
export const sessionWithUsageView = sessionView.extend({ usage: usageView }).meta({ id: 'SessionWithUsage' });

/** The conversation several missions share, and the one whose turn it is. */
export function toSessionView(session: StoredSession): z.infer<typeof sessionView> {
  return { id: session.id, activeMissionId: session.activeMissionId, createdAt: toTime(session.createdAt) };
}
