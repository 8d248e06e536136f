import type { Timings } from '@flotilla/db';
import { z } from 'zod';

export const timingsView = z
  .object({ queuedSeconds: z.number().min(0), runningSeconds: z.number().min(0), waitingSeconds: z.number().min(0) })
  .meta({ id: 'Timings', description: 'For how long it has been in each state so far, to the millisecond.' });

/** How long a mission has been in each state. */
export function toTimingsView(timings: Timings): z.infer<typeof timingsView> {
  return {
    queuedSeconds: toMillisecond(timings.queuedSeconds),
    runningSeconds: toMillisecond(timings.runningSeconds),
    waitingSeconds: toMillisecond(timings.waitingSeconds),
  };
}

function toMillisecond(seconds: number): number {
  return Math.round(seconds * 1_000) / 1_000;
}
