/** What a watchdog sees of a consumer at one moment; times in milliseconds of one monotonic clock. */
export type Sighting = { at: number; fetchedAt: number; hasFreeSlots: boolean };

/**
 * Decides whether a consumer is deaf: bells wait, slots are free, and nothing was fetched. BullMQ 6.0 to 6.3.2 stayed
 * so for ever after an outage of Redis, running and without an error (bullmq#4585). Two sightings in a row must agree,
 * so that a bell rung a moment ago after a quiet hour does not count.
 */
export function createWatchdog(options: { deafAfterMs: number }) {
  let suspectedAt: number | undefined;
  return {
    /** Whether it is worth asking how many bells wait. Costs nothing, and clears the suspicion of a busy consumer. */
    wantsDepth(sighting: Sighting): boolean {
      const isSilent = sighting.hasFreeSlots && sighting.at - sighting.fetchedAt >= options.deafAfterMs;
      if (!isSilent) suspectedAt = undefined;
      return isSilent;
    },
    /** `depth` is undefined when the server did not say, which proves nothing against the consumer. */
    isDeaf(sighting: Sighting, depth: number | undefined): boolean {
      if (!depth) {
        suspectedAt = undefined;
        return false;
      }
      if (suspectedAt === undefined || sighting.fetchedAt > suspectedAt) {
        suspectedAt = sighting.at;
        return false;
      }
      suspectedAt = undefined;
      return true;
    },
  };
}
