import { HISTORIES_KEPT_BYTES, HISTORIES_KEPT_MAX, type Step } from '@flotilla/core';

type Kept = { attempt: number; steps: readonly Step[]; bytes: number };

/**
 * The journals of missions that left this worker unfinished, for when they come back to it.
 *
 * Never stale: only the owner of an attempt writes a journal, and attempts have no gaps. A claim that directly follows
 * the attempt that was kept here proves that nobody has written in between.
 */
export type KeptHistories = {
  keep(missionId: string, attempt: number, steps: readonly Step[]): void;
  /** Hands it out if it is level with the claim, and forgets it either way. */
  take(claimed: { id: string; attempt: number; stepCount: number }): readonly Step[] | null;
};

/** Bounded in missions and in bytes; what was kept longest goes first. */
export function createKeptHistories(
  bounds: { missions: number; bytes: number } = { missions: HISTORIES_KEPT_MAX, bytes: HISTORIES_KEPT_BYTES },
): KeptHistories {
  const kept = new Map<string, Kept>();
  let bytes = 0;

  function drop(missionId: string): Kept | undefined {
    const dropped = kept.get(missionId);
    if (dropped) bytes -= dropped.bytes;
    kept.delete(missionId);
    return dropped;
  }

  return {
    keep(missionId, attempt, steps) {
      drop(missionId);
      const weight = steps.reduce((sum, step) => sum + weigh(step), 0);
      kept.set(missionId, { attempt, steps, bytes: weight });
      bytes += weight;
      for (const oldest of kept.keys()) {
        if (kept.size <= bounds.missions && bytes <= bounds.bytes) return;
        drop(oldest);
      }
    },
    take({ id, attempt, stepCount }) {
      const found = drop(id);
      return found && found.attempt === attempt - 1 && found.steps.length === stepCount ? found.steps : null;
    },
  };
}

/** A step's objects, without their text. */
const STEP_BYTES = 1_000;
/** V8 takes two where a text holds more than Latin letters. */
const CHARACTER_BYTES = 2;

function weigh({ response, toolCalls }: Step): number {
  let characters = 0;
  for (const part of response.message.content) {
    characters += part.type === 'text' ? part.text.length : JSON.stringify(part).length;
  }
  for (const { result } of toolCalls) characters += result?.content.length ?? 0;
  return STEP_BYTES + CHARACTER_BYTES * characters;
}
