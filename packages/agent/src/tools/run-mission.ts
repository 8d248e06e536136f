import type { MissionSpec } from '@flotilla/core';
import {
  CHILD_DEPTH_MAX,
  CHILDREN_MAX,
  GOAL_MAX_CHARS,
  hasBudget,
  INSTRUCTIONS_MAX_CHARS,
  isToolNamed,
  parseModelRef,
  storableText,
} from '@flotilla/core';
import { z } from 'zod';
import type { ParkContext, ParkingTool } from '../tool.ts';
import { defineParkingTool } from '../tool.ts';

export type RunMissionDeps = {
  /** What the deployment lets missions name: a model must not be able to choose what a client may not. */
  isModelAllowed(model: string): boolean;
};

const input = z.strictObject({
  goal: storableText(GOAL_MAX_CHARS).describe('All it is to know: it sees nothing of this conversation'),
  instructions: storableText(INSTRUCTIONS_MAX_CHARS).optional(),
  model: storableText(200).optional().describe('Default: your own'),
  tools: z.array(storableText(64)).max(64).optional().describe('Default: your own'),
});

/** Starts a child mission; what it comes to is the call's result. It may do no more than the stage that starts it. */
export function createRunMission({ isModelAllowed }: RunMissionDeps): ParkingTool {
  return defineParkingTool({
    name: 'run_mission',
    description:
      'Gives a part of the work to another agent, which works on its own, and returns its answer when it is done. ' +
      'Several calls at once work side by side.',
    input,
    park(asked, context) {
      checkBounds(context);
      const model = asked.model ?? context.role.model;
      if (!parseModelRef(model) || !isModelAllowed(model)) {
        throw new Error(`The model ${JSON.stringify(model)} may not be used here. No mission was started.`);
      }
      return { kind: 'child', spec: toSpec({ ...asked, model }, context) };
    },
  });
}

function checkBounds({ depth, childCount }: ParkContext): void {
  if (depth >= CHILD_DEPTH_MAX) {
    throw new Error(
      `This mission is ${depth} levels below the first one, as deep as missions may go: it can start none itself. ` +
        'Do this part of the work yourself.',
    );
  }
  if (childCount >= CHILDREN_MAX) {
    throw new Error(`This mission has started ${CHILDREN_MAX} missions, as many as it may. This one was not started.`);
  }
}

function toSpec(asked: z.output<typeof input> & { model: string }, { spec, role }: ParkContext): MissionSpec {
  const tools = asked.tools ?? role.tools;
  const strange = tools.filter((name) => !isToolNamed(role.tools, name));
  if (strange.length > 0) {
    const list = role.tools.join(', ');
    throw new Error(`It may have no more tools than you: ${list}. Not ${strange.join(', ')}. No mission was started.`);
  }
  const isOwnModel = asked.model === role.model;
  const declaredTools = role.declaredTools?.filter(({ name }) => tools.some((tool) => isToolNamed([name], tool)));
  return {
    goal: asked.goal,
    model: asked.model,
    instructions: asked.instructions ?? null,
    tools: [...new Set(tools)],
    ...(declaredTools && declaredTools.length > 0 && { declaredTools }),
    ...(role.afterUntrusted && { afterUntrusted: role.afterUntrusted }),
    ...(role.smallModel !== undefined && { smallModel: role.smallModel }),
    ...(role.summarize && { summarize: true }),
    // Most options are one model's own, and so is what stands in for it.
    ...(isOwnModel && role.fallbackModels && { fallbackModels: role.fallbackModels }),
    modelOptions: isOwnModel ? role.modelOptions : {},
    limits: { maxSteps: role.limits.maxSteps ?? spec.limits.maxSteps, maxOutputTokens: role.limits.maxOutputTokens },
    // Its share is set when it is started; whoever started it is told that it is used up.
    ...(hasBudget(spec) && { budget: { onExhausted: 'fail' as const } }),
  };
}
