import {
  DEFAULT_TOOL_NAMES,
  isModelAllowed,
  type MissionRequest,
  type MissionSpec,
  parseModelRef,
  SIM_TOOL_NAME,
  TOOL_NAMES,
} from '@flotilla/core';
import { invalidRequest } from '../http/input.ts';
import { ProblemError } from '../problem.ts';

/** The simulator for load and failure tests; the one model that takes more options than a temperature, and its own tool. */
const LOAD_MODEL = 'sim/load';

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
  checkModel(model, models.allowed);
  const modelOptions = request.modelOptions ?? {};
  checkModelOptions(model, modelOptions);
  return {
    goal: request.goal,
    model,
    instructions: request.instructions ?? null,
    tools: chooseTools(model, request.tools),
    modelOptions,
    limits: request.limits,
  };
}

function checkModel(model: string, allowed: readonly string[]): void {
  if (parseModelRef(model) && isModelAllowed(model, allowed)) return;
  throw new ProblemError('unknown_model', `Name one of these models: ${allowed.join(', ')}.`, {
    errors: [{ path: '/model', message: 'is not a model that may be used here' }],
    members: { allowed },
  });
}

function checkModelOptions(model: string, options: object): void {
  if (model === LOAD_MODEL) return;
  const strange = Object.keys(options).filter((name) => name !== 'temperature');
  if (strange.length === 0) return;
  throw invalidRequest(
    strange.map((name) => ({ path: `/modelOptions/${name}`, message: `is only for the model ${LOAD_MODEL}` })),
  );
}

function chooseTools(model: string, named: readonly string[] | undefined): string[] {
  const ofModel = model === LOAD_MODEL ? [SIM_TOOL_NAME] : [];
  if (named === undefined) return [...DEFAULT_TOOL_NAMES, ...ofModel];
  const known: readonly string[] = [...TOOL_NAMES, ...ofModel];
  const errors = named.flatMap((name, index) =>
    known.includes(name) ? [] : [{ path: `/tools/${index}`, message: `is not a tool of ${model}` }],
  );
  if (errors.length > 0) {
    throw new ProblemError('unknown_tool', `Name only these tools: ${known.join(', ')}.`, {
      errors,
      members: { allowed: known },
    });
  }
  return [...new Set(named)];
}
