import {
  type Agent,
  type AskedTools,
  type ChainStage,
  type DeclaredTool,
  goalOf,
  LIMITS_DEFAULT,
  type MissionRequest,
  type MissionSpec,
  nameOfTool,
  type SpecBudget,
  type StageSettings,
} from '@flotilla/core';
import { checkModel, checkModelOptions } from './check-names.ts';
import { chooseTools } from './choose-tools.ts';
import { blameAgent, type NamedAgents, NO_AGENTS, toNamedAgent } from './named-agents.ts';

export type ModelPolicy = {
  /** Models missions may name; a trailing `*` stands for any rest. */
  allowed: readonly string[];
  /** For missions that name none. */
  default: string;
};

/** All that the names in a request are held against. */
export type KnownNames = { models: ModelPolicy; agents?: NamedAgents; fleetTools: ReadonlySet<string> };

/**
 * What was asked, complete and fit to be stored: agents copied in, the defaults filled in, names checked. What a request
 * says beside its agent comes first.
 * @throws {ProblemError} `unknown_model`, `unknown_tool`, `invalid_request`
 */
export function createMissionSpec(
  request: MissionRequest,
  { models, agents = NO_AGENTS, fleetTools }: KnownNames,
): MissionSpec {
  const { mission: agent } = agents;
  const defined = agent?.definition;
  const own = defined ?? request;
  const model = own.model ?? models.default;
  const chosen = blameAgent(agent, '/agent', () => {
    checkModel(model, models.allowed, '/model');
    return chooseTools({ model, asked: own.tools, fleetTools, path: '/tools' });
  });
  const stages = (request.chain ?? []).map((stage, index) => ({
    ...stage,
    index,
    named: agents.stages[index] ?? null,
  }));
  const inherited = { model, asked: own.tools, declared: chosen.declaredTools, agent };
  const chain = stages.map((stage) => createStage(stage, { ...inherited, request }, { models, fleetTools }));
  const outputSchema = request.outputSchema ?? defined?.outputSchema;
  const budget = request.budget ?? defined?.budget;
  const modelOptions = request.modelOptions ?? defined?.modelOptions ?? {};
  checkModelOptions(chain.length > 0 ? chain.map((stage) => stage.model) : [model], modelOptions);
  const { goal, said } = goalOf(request);
  return {
    goal,
    ...(said.length > 0 && { said }),
    model,
    instructions: own.instructions ?? null,
    ...chosen,
    modelOptions,
    limits: limitsOf(request, defined),
    ...(chain.length > 0 && { chain }),
    ...(outputSchema && { outputSchema }),
    ...(budget && { budget: toSpecBudget(budget) }),
    ...(agent && { agent: toNamedAgent(agent) }),
    ...(defined?.afterUntrusted && { afterUntrusted: defined.afterUntrusted }),
    ...(defined?.smallModel !== undefined && { smallModel: defined.smallModel }),
    ...(defined?.summarize && { summarize: true }),
    ...(defined?.fallbackModels && { fallbackModels: defined.fallbackModels }),
  };
}

/** The names of all tools that a request asks for, by itself or by its agents. */
export function toolNamesOf(request: MissionRequest, { mission, stages }: NamedAgents): string[] {
  const asked = [
    request.tools,
    mission?.definition.tools,
    ...(request.chain ?? []).map(({ tools }) => tools),
    ...stages.map((agent) => agent?.definition.tools),
  ];
  return asked.flatMap((tools = []) => tools.map(nameOfTool));
}

function limitsOf({ limits }: MissionRequest, agent: Agent['definition'] | undefined): MissionSpec['limits'] {
  const { maxSteps, maxOutputTokens } = agent?.limits ?? {};
  return {
    maxSteps: limits?.maxSteps ?? maxSteps ?? LIMITS_DEFAULT.maxSteps,
    maxOutputTokens: limits?.maxOutputTokens ?? maxOutputTokens ?? LIMITS_DEFAULT.maxOutputTokens,
  };
}

type RequestedStage = NonNullable<MissionRequest['chain']>[number] & { index: number; named: Agent | null };
type Inherited = {
  model: string;
  asked: AskedTools | undefined;
  declared: readonly DeclaredTool[] | undefined;
  agent: Agent | null;
  request: MissionRequest;
};

/** A role of a chain, with the mission's model and tools where it names none of its own. An agent brings its own. */
function createStage(stage: RequestedStage, mission: Inherited, { models, fleetTools }: KnownNames): ChainStage {
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
        ...chooseTools({ model, asked: tools, fleetTools, path: `${path}/tools` }),
        ...(afterUntrusted && { afterUntrusted }),
        ...settingsOf(named, mission),
        agent: toNamedAgent(named),
      };
    });
  }
  const model = stage.model ?? mission.model;
  checkModel(model, models.allowed, `${path}/model`);
  const { asked, declared, agent } = mission;
  const chosen = stage.tools
    ? chooseTools({ model, asked: stage.tools, declared, fleetTools, path: `${path}/tools` })
    : blameAgent(agent, '/agent', () => chooseTools({ model, asked, fleetTools, path: '/tools' }));
  // Where the mission's agent lets its tools run, it is the mission's tools that it lets run.
  const afterUntrusted = stage.tools ? undefined : agent?.definition.afterUntrusted;
  return {
    name,
    model,
    instructions: stage.instructions ?? null,
    ...chosen,
    ...(afterUntrusted && { afterUntrusted }),
  };
}

/**
 * What an agent is beside its model, instructions and tools. What the request says of all roles comes first. Its budget
 * holds beside the mission's, whether or not the other roles have any: that of the request says what the whole may cost,
 * and nothing of how much of it one agent may burn.
 */
function settingsOf({ definition }: Agent, { request, agent }: Inherited): StageSettings {
  const { modelOptions, limits, outputSchema, smallModel, summarize, fallbackModels, budget } = definition;
  const { maxSteps, maxOutputTokens } = limits ?? {};
  const ownLimits = {
    ...(maxSteps !== undefined && { maxSteps }),
    ...(maxOutputTokens !== undefined && request.limits?.maxOutputTokens === undefined && { maxOutputTokens }),
  };
  // The options of the mission's agent are for its own model.
  const ownOptions = request.modelOptions ? undefined : (modelOptions ?? (agent?.definition.modelOptions && {}));
  return {
    ...(ownOptions && { modelOptions: ownOptions }),
    ...(Object.keys(ownLimits).length > 0 && { limits: ownLimits }),
    ...(outputSchema && { outputSchema }),
    ...(smallModel !== undefined && { smallModel }),
    ...(summarize && { summarize }),
    ...(fallbackModels && { fallbackModels }),
    ...(budget && { budget: toSpecBudget(budget) }),
  };
}

function toSpecBudget(budget: NonNullable<MissionRequest['budget']>): SpecBudget {
  return { ...budget, onExhausted: budget.onExhausted ?? 'pause' };
}
