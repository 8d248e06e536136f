import { z } from 'zod';

/**
 * The signal catalogue: what processes tell each other beside the truth. A signal says "look now" to whoever listens at
 * this moment: it may be lost, doubled or late, and whoever hears it reads Postgres before doing anything.
 */
export const signalSchema = z.discriminatedUnion('kind', [
  /** A running mission was cancelled or paused: whoever runs it asks what is to stop. */
  z.strictObject({ kind: z.literal('stop'), missionId: z.string() }),
]);

export type Signal = z.infer<typeof signalSchema>;
