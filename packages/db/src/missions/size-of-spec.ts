import type { MissionSpec } from '@flotilla/core';

/** What a spec weighs in a statement, in characters: its long texts. */
export function sizeOfSpec({ goal, instructions, chain = [] }: MissionSpec): number {
  return chain.reduce(
    (sum, stage) => sum + (stage.instructions?.length ?? 0),
    goal.length + (instructions?.length ?? 0),
  );
}
