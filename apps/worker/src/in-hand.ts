import type { Stop, StopReason } from '@flotilla/agent';

type Held = { attempt: number; stop: Stop };

/** The missions this process runs right now, and the way to tell them to stop. */
export type InHand = {
  readonly size: number;
  add(missionId: string, held: Held): void;
  has(missionId: string, attempt: number): boolean;
  /** Whether any attempt of it runs here. */
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
  return {
    get size() {
      return held.size;
    },
    add(missionId, entry) {
      held.set(missionId, entry);
    },
    has: (missionId, attempt) => held.get(missionId)?.attempt === attempt,
    holds: (missionId) => held.has(missionId),
    remove(missionId, attempt) {
      if (held.get(missionId)?.attempt === attempt) held.delete(missionId);
    },
    stop(missionId, attempt, reason) {
      const entry = held.get(missionId);
      if (entry?.attempt === attempt) entry.stop.request(reason);
    },
    stopAll(reason) {
      for (const { stop } of held.values()) stop.request(reason);
    },
    abortAll() {
      for (const { stop } of held.values()) stop.abortNow();
    },
  };
}
