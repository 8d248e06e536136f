import type { ChainStage, MissionRequest, MissionSpec } from '@flotilla/core';
import { checkModel, checkModelOptions, chooseTools } from './check-names.ts';

export type ModelPolicy = {
  /** Models missions may name; a trailing `*` stands for any rest. */
  allowed: readonly string[];
  /** For missions that name none. */
  default: string;
};

/**
 * What was asked, complete and fit to be stored: the defaults filled in, names checked.
 * @throws {ProblemError} `unknown_model`, `unknown_tool`, `invalid_request`
 */
export function createMissionSpec(request: MissionRequest, models: ModelPolicy): MissionSpec {
  const model = request.model ?? models.default;
  checkModel(model, models.allowed, '/model');
  const chain = request.chain?.map((stage, index) => createStage({ ...stage, index }, { ...request, model }, models));
  const modelOptions = request.modelOptions ?? {};
  checkModelOptions(chain ? chain.map((stage) => stage.model) : [model], modelOptions);
  return {
    goal: request.goal,
    model,
    instructions: request.instructions ?? null,
    tools: chooseTools(model, request.tools, '/tools'),
    modelOptions,
    limits: request.limits,
    ...(chain && { chain }),
  };
}

type RequestedStage = NonNullable<MissionRequest['chain']>[number] & { index: number };

/** A role of a chain, with the mission's model and tools where it names none of its own. */
function createStage(
  stage: RequestedStage,
  mission: Pick<MissionRequest, 'tools'> & { model: string },
  models: ModelPolicy,
): ChainStage {
  const path = `/chain/${stage.index}`;
  const model = stage.model ?? mission.model;
  checkModel(model, models.allowed, `${path}/model`);
  return {
    name: stage.name ?? `stage ${stage.index + 1}`,
    model,
    instructions: stage.instructions,
    tools: stage.tools ? chooseTools(model, stage.tools, `${path}/tools`) : chooseTools(model, mission.tools, '/tools'),
  };
}
