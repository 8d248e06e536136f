import type { MissionPatch, MissionSpec } from '@flotilla/core';
import { invalidRequest } from '../http/input.ts';
import { checkModel, optionsFor } from './check-names.ts';
import { chooseTools } from './choose-tools.ts';
import type { KnownNames } from './spec.ts';

/** What the roles of a chain have each for themselves. */
const OF_A_ROLE = ['model', 'instructions', 'tools'] as const;

/**
 * A mission's spec with some of it changed, as a fork is given it. Tools that are not named anew stay, if the model may
 * have them.
 * @throws {ProblemError} `unknown_model`, `unknown_tool`, `invalid_request`
 */
export function patchMissionSpec(
  spec: MissionSpec,
  patch: MissionPatch,
  { models, fleetTools }: Pick<KnownNames, 'models' | 'fleetTools'>,
): MissionSpec {
  if (spec.chain) {
    const inVain = OF_A_ROLE.filter((name) => patch[name] !== undefined);
    if (inVain.length > 0) {
      const message = 'cannot be changed: the mission is a chain, whose roles have it each for themselves';
      throw invalidRequest(inVain.map((name) => ({ path: `/patch/${name}`, message })));
    }
  }
  const { agent, tools, declaredTools, afterUntrusted, ...rest } = spec;
  const isStillAgent = OF_A_ROLE.every((name) => patch[name] === undefined);
  const model = patch.model ?? spec.model;
  if (patch.model !== undefined) checkModel(model, models.allowed, '/patch/model');
  return {
    ...rest,
    ...(agent && isStillAgent && { agent }),
    // It was said of the agent's own tools and instructions.
    ...(afterUntrusted && isStillAgent && { afterUntrusted }),
    goal: patch.goal ?? spec.goal,
    // Its client's own words, in the place of a model's.
    ...(spec.knownAddresses && {
      knownAddresses: [...spec.knownAddresses, patch.goal ?? '', patch.instructions ?? ''],
    }),
    model,
    instructions: patch.instructions === undefined ? spec.instructions : patch.instructions,
    ...(patch.tools !== undefined || patch.model !== undefined
      ? chooseTools({ model, asked: patch.tools ?? tools, declared: declaredTools, fleetTools, path: '/patch/tools' })
      : { tools, ...(declaredTools && { declaredTools }) }),
    modelOptions: patch.model === undefined ? spec.modelOptions : optionsFor(model, spec.modelOptions),
    limits: {
      maxSteps: patch.limits?.maxSteps ?? spec.limits.maxSteps,
      maxOutputTokens: patch.limits?.maxOutputTokens ?? spec.limits.maxOutputTokens,
    },
  };
}
