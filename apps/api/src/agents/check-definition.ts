import { type AgentDefinition, agentDefinitionSchema } from '@flotilla/core';
import { readInput } from '../http/input.ts';
import { checkModel, checkModelOptions, chooseTools } from '../missions/check-names.ts';
import type { ModelPolicy } from '../missions/spec.ts';

/**
 * An agent's definition, whatever door it came through: its form, and every name in it but the pool's.
 * @throws {ProblemError} `invalid_request`, `unknown_model`, `unknown_tool`
 */
export function readDefinition(body: unknown, { allowed }: ModelPolicy): AgentDefinition {
  const definition = readInput(agentDefinitionSchema, body);
  const { model, smallModel, fallbackModels = [], tools, modelOptions = {} } = definition;
  checkModel(model, allowed, '/model');
  if (smallModel !== undefined) checkModel(smallModel, allowed, '/smallModel');
  for (const [index, name] of fallbackModels.entries()) checkModel(name, allowed, `/fallbackModels/${index}`);
  chooseTools(model, tools, '/tools');
  checkModelOptions([model], modelOptions);
  return definition;
}
