import type { StoredSession } from '@flotilla/db';
import { toTime } from './time.ts';

/** The conversation several missions share, and the one whose turn it is. */
export function toSessionView(session: StoredSession) {
  return { id: session.id, activeMissionId: session.activeMissionId, createdAt: toTime(session.createdAt) };
}
