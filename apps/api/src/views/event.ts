import type { StoredEvent } from '@flotilla/db';
import { z } from 'zod';
import { timeView, toTime } from './time.ts';

export const eventView = z
  .object({
    sequence: z.int().describe('From 1, without gaps.'),
    type: z.string().describe('Such as mission.started or mission.completed; new ones may come.'),
    data: z.record(z.string(), z.json()),
    createdAt: timeView,
  })
  .meta({ id: 'Event' });

/** One numbered fact about a mission. */
export function toEventView(event: StoredEvent): z.infer<typeof eventView> {
  return { sequence: event.sequence, type: event.type, data: event.data, createdAt: toTime(event.createdAt) };
}
