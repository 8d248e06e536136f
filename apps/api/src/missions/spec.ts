import { type Agent, type ChainStage, LIMITS_DEFAULT, type MissionRequest, type MissionSpec } from '@flotilla/core';
import { checkModel, checkModelOptions, chooseTools } from './check-names.ts';
import { blameAgent, type NamedAgents, NO_AGENTS, toNamedAgent } from './named-agents.ts';

export type ModelPolicy = {
  /** Models missions may name; a trailing `*` stands for any rest. */
  allowed: readonly string[];
  /** For missions that name none. */
  default: string;
};

/**
 * What was asked, complete and fit to be stored: agents copied in, the defaults filled in, names checked. What a request
 * says beside its agent comes first.
 * @throws {ProblemError} `unknown_model`, `unknown_tool`, `invalid_request`
 */
export function createMissionSpec(
  request: MissionRequest,
  models: ModelPolicy,
  agents: NamedAgents = NO_AGENTS,
): MissionSpec {
  const { mission: agent } = agents;
  const defined = agent?.definition;
  const own = defined ?? request;
  const model = own.model ?? models.default;
  const tools = blameAgent(agent, '/agent', () => {
    checkModel(model, models.allowed, '/model');
    return chooseTools(model, own.tools, '/tools');
  });
  const stages = (request.chain ?? []).map((stage, index) => ({
    ...stage,
    index,
    named: agents.stages[index] ?? null,
  }));
  const chain = stages.map((stage) => createStage(stage, { model, tools: own.tools, agent }, models));
  const outputSchema = request.outputSchema ?? defined?.outputSchema;
  const modelOptions = request.modelOptions ?? defined?.modelOptions ?? {};
  checkModelOptions(chain.length > 0 ? chain.map((stage) => stage.model) : [model], modelOptions);
  return {
    goal: request.goal,
    model,
    instructions: own.instructions ?? null,
    tools,
    modelOptions,
    limits: limitsOf(request, defined),
    ...(chain.length > 0 && { chain }),
    ...(outputSchema && { outputSchema }),
    ...(agent && { agent: toNamedAgent(agent) }),
    ...(defined?.afterUntrusted && { afterUntrusted: defined.afterUntrusted }),
    ...(defined?.smallModel !== undefined && { smallModel: defined.smallModel }),
    ...(defined?.fallbackModels && { fallbackModels: defined.fallbackModels }),
  };
}

function limitsOf({ limits }: MissionRequest, agent: Agent['definition'] | undefined): MissionSpec['limits'] {
  const { maxSteps, maxOutputTokens } = agent?.limits ?? {};
  return {
    maxSteps: limits?.maxSteps ?? maxSteps ?? LIMITS_DEFAULT.maxSteps,
    maxOutputTokens: limits?.maxOutputTokens ?? maxOutputTokens ?? LIMITS_DEFAULT.maxOutputTokens,
  };
}

type RequestedStage = NonNullable<MissionRequest['chain']>[number] & { index: number; named: Agent | null };
type Inherited = { model: string; tools: readonly string[] | undefined; agent: Agent | null };

/** A role of a chain, with the mission's model and tools where it names none of its own. An agent brings its own. */
function createStage(stage: RequestedStage, mission: Inherited, models: ModelPolicy): ChainStage {
  const path = `/chain/${stage.index}`;
  const name = stage.name ?? stage.named?.name ?? `stage ${stage.index + 1}`;
  const { named } = stage;
  if (named) {
    const { model, instructions, tools, afterUntrusted } = named.definition;
    return blameAgent(named, `${path}/agent`, () => {
      checkModel(model, models.allowed, `${path}/model`);
      return {
        name,
        model,
        instructions,
        tools: chooseTools(model, tools, `${path}/tools`),
        ...(afterUntrusted && { afterUntrusted }),
        agent: toNamedAgent(named),
      };
    });
  }
  const model = stage.model ?? mission.model;
  checkModel(model, models.allowed, `${path}/model`);
  const tools = stage.tools
    ? chooseTools(model, stage.tools, `${path}/tools`)
    : blameAgent(mission.agent, '/agent', () => chooseTools(model, mission.tools, '/tools'));
  // Where the mission's agent lets its tools run, it is the mission's tools that it lets run.
  const afterUntrusted = stage.tools ? undefined : mission.agent?.definition.afterUntrusted;
  return {
    name,
    model,
    instructions: stage.instructions ?? null,
    tools,
    ...(afterUntrusted && { afterUntrusted }),
  };
}
