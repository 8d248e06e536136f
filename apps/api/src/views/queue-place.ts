import type { QueuePlace } from '@flotilla/db';
import { z } from 'zod';

export const queuePlaceView = z
  .object({
    position: z
      .int()
      .min(1)
      .nullable()
      .describe('In the line of its pool, 1 being next; null for one that could not be taken now.'),
    isExact: z.boolean().nullable().describe('false: at least there. Nobody counts beyond 1,000.'),
    blockedBy: z.string().nullable().describe('The code of what keeps it from standing in line.'),
  })
  .meta({ id: 'QueuePlace' });

/** Where a queued mission stands, or else what keeps it. */
export function toQueuePlaceView({ blockedBy, ahead, isExact }: QueuePlace): z.infer<typeof queuePlaceView> {
  if (blockedBy !== null) return { position: null, isExact: null, blockedBy };
  return { position: ahead + 1, isExact, blockedBy };
}
