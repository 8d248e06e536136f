import type { MissionSpec, Role, Step } from '@flotilla/core';
import { stagesOf, textOf } from '@flotilla/core';

/** A stage of a mission's chain, with a conversation of its own. `opening` is the first thing its model is told. */
export type Stage = { role: Role; index: number; isLast: boolean; opening: string };

/**
 * The stage a journal has come to. There is no other record of it: the steps of a stage bear its index, and the reply
 * that ended the one before is what was handed on.
 */
export function stageOf(spec: MissionSpec, steps: readonly Step[]): Stage {
  const index = steps.at(-1)?.chainStage ?? 0;
  const handedOn = steps.findLast((step) => step.chainStage < index);
  return stageAt(spec, index, handedOn ? textOf(handedOn.response.message) : '');
}

/** The stage after this one, which ended with `answer`. */
export function nextStage(spec: MissionSpec, stage: Stage, answer: string): Stage {
  return stageAt(spec, stage.index + 1, answer);
}

function stageAt(spec: MissionSpec, index: number, handedOn: string): Stage {
  const stages = stagesOf(spec);
  const role = stages[index];
  if (!role) throw new Error(`the journal is in stage ${index} of a chain of ${stages.length}`);
  const previous = stages[index - 1];
  const opening = previous ? `${spec.goal}\n\n${frame(previous.name, handedOn)}` : spec.goal;
  return { role, index, isLast: index === stages.length - 1, opening };
}

/** Marked off, since the text may look like anything, a goal of its own included. */
function frame(from: string, text: string): string {
  return `The role before you, ${JSON.stringify(from)}, has handed this on to you:\n<handed_on>\n${text}\n</handed_on>`;
}
