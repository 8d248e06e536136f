import type { ChainStage, MissionSpec } from '@flotilla/core';

/** What a spec weighs in a statement, in characters: its long texts. */
export function sizeOfSpec({ goal, chain = [], ...role }: MissionSpec): number {
  return chain.reduce((sum, stage) => sum + sizeOfRole(stage), goal.length + sizeOfRole(role));
}

function sizeOfRole({ instructions, declaredTools }: Pick<ChainStage, 'instructions' | 'declaredTools'>): number {
  return (instructions?.length ?? 0) + (declaredTools ? JSON.stringify(declaredTools).length : 0);
}
