/** A small text as it stands; `null`: there is none yet. `nowMs` is the store's clock, in milliseconds since 1970. */
export type SharedDocument = { text: string | null; version: string | null; nowMs: number };

/**
 * Small texts that the processes of a fleet change together: each reads, thinks, and writes what it made of it if nobody
 * was quicker. What is in them is the reader's matter; the store only tells who was first, and what time it is.
 */
export interface SharedDocuments {
  /** @throws Error in bounded time when the store does not answer */
  read(name: string): Promise<SharedDocument>;
  /**
   * `false`: somebody has written since `version` was read, and nothing was changed.
   * @throws Error when it is not known whether the change was made
   */
  write(change: { name: string; text: string; version: string | null }): Promise<boolean>;
}
