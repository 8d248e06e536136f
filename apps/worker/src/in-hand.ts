import type { Stop, StopReason } from '@flotilla/agent';

type Held = { attempt: number; stop: Stop };
/** A bell may come doubled: one claim of a mission may be turned away while the reply of another is on its way. */
type Expected = { claims: number; early: { attempt: number; reason: StopReason } | null };

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
  /** Whether the reply of a claim of it is on its way. */
  expects(missionId: string): boolean;
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
  const expected = new Map<string, Expected>();
  return {
    get size() {
      return held.size;
    },
    expect(missionId) {
      const entry = expected.get(missionId) ?? { claims: 0, early: null };
      entry.claims++;
      expected.set(missionId, entry);
      let isOver = false;
      return () => {
        if (isOver) return;
        isOver = true;
        entry.claims--;
        if (entry.claims === 0) expected.delete(missionId);
      };
    },
    add(missionId, entry) {
      held.set(missionId, entry);
      const early = expected.get(missionId)?.early;
      if (early?.attempt === entry.attempt) entry.stop.request(early.reason);
    },
    has: (missionId, attempt) => held.get(missionId)?.attempt === attempt,
    expects: (missionId) => expected.has(missionId),
    holds: (missionId) => held.has(missionId) || expected.has(missionId),
    remove(missionId, attempt) {
      if (held.get(missionId)?.attempt === attempt) held.delete(missionId);
    },
    stop(missionId, attempt, reason) {
      const entry = held.get(missionId);
      const claimed = expected.get(missionId);
      if (entry?.attempt === attempt) entry.stop.request(reason);
      else if (claimed) claimed.early = { attempt, reason };
    },
    stopAll(reason) {
      for (const { stop } of held.values()) stop.request(reason);
    },
    abortAll() {
      for (const { stop } of held.values()) stop.abortNow();
    },
  };
}
