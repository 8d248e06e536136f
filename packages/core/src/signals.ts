import { z } from 'zod';

/**
 * The signal catalogue: what processes tell each other beside the truth. A signal says "look now" to whoever listens at
 * this moment: it may be lost, doubled or late, and whoever hears it reads Postgres before doing anything.
 */
const signalSchema = z.discriminatedUnion('kind', [
  /** A running mission was cancelled or paused: whoever runs it asks what is to stop. */
  z.strictObject({ kind: z.literal('stop'), missionId: z.string() }),
  /** Somebody follows a mission for the next while: its events, and what its model writes too if `deltas`. */
  z.strictObject({ kind: z.literal('following'), missionId: z.string(), deltas: z.boolean() }),
]);

export type Signal = z.infer<typeof signalSchema>;

/** `null` for what is no signal, or of a kind that a newer process sends. */
export function parseSignal(entry: unknown): Signal | null {
  return signalSchema.safeParse(entry).data ?? null;
}

const count = z.int().min(0);

/**
 * A fragment of what the model is writing, seen as it comes and never stored. `offset`: the characters of the same reply
 * before it. One that is 0 begins a reply, and what was seen of an earlier go at the same step counts no more.
 */
const deltaSchema = z.strictObject({
  missionId: z.string(),
  step: count,
  attempt: count,
  try: count,
  offset: count,
  text: z.string(),
});

export type Delta = z.infer<typeof deltaSchema>;

/** What those who follow missions are told, on a channel that nobody else hears. */
const broadcastSchema = z.discriminatedUnion('kind', [
  /** There are new events. */
  z.strictObject({ kind: z.literal('events'), missionId: z.string() }),
  deltaSchema.extend({ kind: z.literal('delta') }),
]);

export type Broadcast = z.infer<typeof broadcastSchema>;

/** `null` for what is none, or of a kind that a newer process sends. */
export function parseBroadcast(entry: unknown): Broadcast | null {
  return broadcastSchema.safeParse(entry).data ?? null;
}
