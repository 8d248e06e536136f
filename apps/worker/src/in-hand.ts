import type { Stop, StopReason } from '@flotilla/agent';

type Held = { attempt: number; stop: Stop };

/** The missions this process runs right now, and the way to tell them to stop. */
export type InHand = {
  readonly size: number;
  /**
   * A claim of it is on its way: once that is committed it may be told to stop, before its reply is here. What is heard
   * until the function that comes back is called is kept for the claim.
   */
  expect(missionId: string): () => void;
  add(missionId: string, held: Held): void;
  has(missionId: string, attempt: number): boolean;
  /** Whether any attempt of it runs here, or is about to. */
  holds(missionId: string): boolean;
  remove(missionId: string, attempt: number): void;
  /** Stops one mission, if it is still this attempt of it that runs here. */
  stop(missionId: string, attempt: number, reason: StopReason): void;
  stopAll(reason: StopReason): void;
  /** Aborts what is in flight everywhere: the drain grace is over. */
  abortAll(): void;
};

export function createInHand(): InHand {
  const held = new Map<string, Held>();
  const expected = new Map<string, { attempt: number; reason: StopReason } | null>();
  return {
    get size() {
      return held.size;
    },
    expect(missionId) {
      expected.set(missionId, null);
      return () => expected.delete(missionId);
    },
    add(missionId, entry) {
      held.set(missionId, entry);
      const early = expected.get(missionId);
      if (early?.attempt === entry.attempt) entry.stop.request(early.reason);
    },
    has: (missionId, attempt) => held.get(missionId)?.attempt === attempt,
    holds: (missionId) => held.has(missionId) || expected.has(missionId),
    remove(missionId, attempt) {
      if (held.get(missionId)?.attempt === attempt) held.delete(missionId);
    },
    stop(missionId, attempt, reason) {
      const entry = held.get(missionId);
      if (entry?.attempt === attempt) entry.stop.request(reason);
      else if (expected.has(missionId)) expected.set(missionId, { attempt, reason });
    },
    stopAll(reason) {
      for (const { stop } of held.values()) stop.request(reason);
    },
    abortAll() {
      for (const { stop } of held.values()) stop.abortNow();
    },
  };
}
